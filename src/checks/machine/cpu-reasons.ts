import type { ReasonGroup } from "../../core/reason.js";

export const cpuReasons = {
  title: "CPU",
  reasons: {
    cpu_overloaded: {
      means: "The load per core over 5 minutes is higher than is allowed.",
      look: "`top`: what computes, or waits for a disk, which counts as load too.",
    },
    cpu_pressure: {
      means: "Programs wait for a CPU for a larger share of the last minute than is allowed.",
      look: "What else runs on the machine, or how low the CPU limit is.",
    },
    cpu_throttled: {
      means: "The CPU limit of this process's cgroup runs out too often: everything in it stands still meanwhile.",
      look: "Raise the CPU limit of the container.",
    },
    cpu_unreadable: {
      means: "The kernel's figures of load and cores cannot be read, so nothing is known.",
      look: "Whether /proc and /sys of the kernel are mounted in this container.",
    },
    io_pressure: {
      means: "Programs wait for disks for a larger share of the last minute than is allowed.",
      look: "`iostat -x 1`: which disk, and who writes or reads so much.",
    },
    memory_pressure: {
      means: "Programs wait for memory for a larger share of the last minute than is allowed.",
      look: "What holds the memory: the machine swaps, or reads its programs again and again.",
    },
    pressure_unavailable: {
      means: "A limit on pressure is configured and the kernel has no such figures.",
      look: "Boot with psi=1, or leave the limit out.",
    },
  },
} as const satisfies ReasonGroup;
