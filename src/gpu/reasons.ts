import type { ReasonGroup, ReasonIn } from "../core/reason.js";
import type { FaultName } from "./faults/fault.js";

export const gpuReasons = {
  title: "GPUs",
  about:
    "What limits and expectations say of a GPU, and why there is nothing to judge. Its faults are reasons as well: see " +
    "the [catalogue](fault-catalogue.md).",
  reasons: {
    addon_missing: {
      means: "The native part of gpu-health is not built for this machine, so GPUs cannot be read at all.",
      look: "Install a C++ compiler and CMake and build it, or take the package for this platform.",
    },
    gpu_data_stale: {
      means: "The newest reading of the GPU is so old that it is no data, and no call into the driver explains it.",
      look: "See whether the machine is overloaded or was suspended.",
    },
    gpu_limit_not_judgeable: {
      means: "A limit is about a value that this card does not report, so it cannot be judged; degraded.",
      look: "Take the limit that is named out of the check.",
    },
    gpu_memory_used_high: {
      means: "More of the GPU's memory is in use than `maxMemoryUsed` allows.",
      look: "See in the message who holds it; end that, or raise the limit where the service fills a GPU on purpose.",
    },
    gpu_memory_utilization_high: {
      means: "The GPU's memory is read and written for a larger share of time than `maxMemoryUtilization` allows.",
      look: "Send less work to the GPU. It is busy, not broken: see whether the limit has a `for`.",
    },
    gpu_missing: {
      means: "A GPU that the configuration names or counts is not there, or was lost.",
      look: "`nvidia-smi -L`, and dmesg for Xid 79: it fell off the bus, or the container was given fewer.",
    },
    gpu_mode_off: {
      means: "A check needs GPUs, and `gpu.mode` is `off`.",
      look: "Correct the configuration: one of the two is wrong.",
    },
    gpu_utilization_high: {
      means: "Kernels run on the GPU for a larger share of time than `maxGpuUtilization` allows.",
      look: "Send less work to the GPU. It is busy, not broken: see whether the limit has a `for`.",
    },
    insufficient_gpu_memory: {
      means: "Less of the GPU's memory is free than `minFreeMemory` needs, so the next allocation may fail.",
      look: "See in the message which processes hold it, and whether one of them should be gone.",
    },
    no_gpu_visible: {
      means: "The driver works and shows no GPU.",
      look: "`nvidia-smi -L` on the node and in the container: a container sees only the GPUs that it requests.",
    },
  },
} as const satisfies ReasonGroup;

export const nvmlReasons = {
  title: "Driver and NVML",
  about: "What the driver answers, or that it does not.",
  reasons: {
    gpu_blocked_by_operating_system: {
      means: "The operating system or its control groups keep this process from the GPU.",
      look: "See whether the container may open /dev/nvidia* (device cgroup); a daemon-reload may have taken it away.",
    },
    gpu_corrupted_inforom: {
      means: "The card's infoROM is corrupted; it still computes, so degraded.",
      look: "Plan its replacement; `nvidia-smi` warns of it too.",
    },
    gpu_insufficient_power: {
      means: "The card's external power cables are not connected properly.",
      look: "Have the cables checked on site.",
    },
    gpu_interrupt_issue: {
      means: "The kernel driver has a problem with the GPU's interrupts.",
      look: "dmesg for NVRM lines, and the machine's firmware settings.",
    },
    gpu_lost: {
      means: "The GPU fell off the bus, or cannot be reached for another reason. What ran on it is lost.",
      look: "Drain the node and reboot it. Where it comes again, have the card replaced.",
    },
    gpu_no_permission: {
      means: "This process may not read the GPU.",
      look: "See how the container gets its devices: NVIDIA runtime, NVIDIA_VISIBLE_DEVICES, device cgroup.",
    },
    gpu_not_found: {
      means: "A GPU that was there before is not there any more.",
      look: "dmesg for Xid 79; drain the node and reboot it.",
    },
    gpu_not_ready: {
      means: "The GPU is still starting.",
      look: "Wait a minute. Where it stays so, dmesg for NVRM lines.",
    },
    gpu_reset_required: {
      means: "The GPU does nothing more until it was reset.",
      look: "Drain the node, then `nvidia-smi --gpu-reset`.",
    },
    nvidia_driver_not_loaded: {
      means: "The NVIDIA kernel driver is not loaded.",
      look: "`lsmod | grep nvidia` and dmesg: an upgrade of the kernel without its module is the usual cause.",
    },
    nvidia_version_mismatch: {
      means: "The driver's library and the kernel driver have different versions: an upgrade is half done.",
      look: "Reload the kernel modules or reboot; a container has the library of its start until it is started anew.",
    },
    nvml_error: {
      means: "NVML gave an error that it does not explain, or one that this version does not know.",
      look: "dmesg for NVRM and Xid lines at that time.",
    },
    nvml_init_failed: {
      means: "The NVML library is there, and does not start.",
      look: "See whether `nvidia-smi` works on the node, and what dmesg says of NVRM.",
    },
    nvml_library_invalid: {
      means: "What was found as NVML is no library that can be used.",
      look: "See what `gpu.library` points to, and of which platform that file is.",
    },
    nvml_library_not_found: {
      means:
        "NVML, or a library of the driver that it needs, is not there: no driver is installed, or none in this container.",
      look: "`nvidia-smi` on the node; in a container the NVIDIA runtime and its `utility` capability.",
    },
    nvml_stalled: {
      means: "A call into the driver does not return, or hardly: the driver hangs, and so does what uses the GPU.",
      look: "`timeout 10 nvidia-smi`, and dmesg for NVRM and Xid lines. Only a reboot ends most of these.",
    },
    nvml_timeout: {
      means: "The GPU did not answer the driver in time.",
      look: "dmesg for NVRM lines; where it comes again, drain the node and reset the GPU.",
    },
  },
} as const satisfies ReasonGroup;

/** What `src/gpu` may give as a reason. */
export type GpuReason = ReasonIn<typeof gpuReasons> | ReasonIn<typeof nvmlReasons> | FaultName;
