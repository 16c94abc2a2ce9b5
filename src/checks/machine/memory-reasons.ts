import type { ReasonGroup } from "../../core/reason.js";

export const memoryReasons = {
  title: "Memory",
  reasons: {
    insufficient_memory: {
      means: "Little memory is left: of the container or the machine, or of a Redis server's `maxmemory`.",
      look: "What holds it. In a container the kernel kills the largest process next.",
    },
    memory_unreadable: {
      means: "The kernel's figures of memory cannot be read, so nothing is known.",
      look: "Whether /proc and /sys/fs/cgroup of the kernel are mounted in this container.",
    },
  },
} as const satisfies ReasonGroup;
