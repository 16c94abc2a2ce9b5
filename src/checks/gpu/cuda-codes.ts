import type { Reason } from "../reasons.js";
/** What a CUresult means for readiness. */
export interface CudaMeaning {
  /**
   * `fails`: unhealthy at once. `suspect`: unhealthy once it repeats (the check's `failureThreshold`). `degrades`: still
   * takes traffic. `busy`: the GPU is taken or full, which is no fault; a kernel has to wait.
   */
  readonly effect: "fails" | "suspect" | "degrades" | "busy";
  /** The reason code of the result. */
  readonly reason: Reason;
  readonly remedy: string;
}

const reset = "drain the node and reset the GPU (nvidia-smi --gpu-reset); if it comes back, have the card replaced";
const mpsFull: CudaMeaning = {
  effect: "busy",
  reason: "cuda_mps_full",
  remedy: "raise the number of clients that the MPS server takes, or run fewer of them",
};
const mpsDown: CudaMeaning = {
  effect: "suspect",
  reason: "cuda_mps_unavailable",
  remedy: "see whether nvidia-cuda-mps-control runs, and whether this container shares its pipe directory and IPC",
};
const noCompiler: CudaMeaning = {
  effect: "degrades",
  reason: "cuda_jit_unavailable",
  remedy:
    "make libnvidia-ptxjitcompiler.so.1 visible (a container gets it with NVIDIA_DRIVER_CAPABILITIES=compute) and unset CUDA_DISABLE_JIT; or use mode: init",
};
const kernelFailed: CudaMeaning = {
  effect: "suspect",
  reason: "cuda_kernel_failed",
  remedy: "see dmesg for Xid lines; if it repeats, drain the node and reset the GPU",
};

/** By CUDA's numbers (CUresult). What each means follows NVIDIA's description of the code. */
const meanings: Readonly<Record<number, CudaMeaning>> = {
  2: {
    effect: "busy",
    reason: "cuda_out_of_memory",
    remedy: "see which processes hold the GPU's memory, and whether this container's own memory limit is too low",
  },
  34: {
    effect: "fails",
    reason: "cuda_stub_library",
    remedy: "take the CUDA toolkit's folder of stubs off LD_LIBRARY_PATH, so that the driver's library is found",
  },
  46: {
    effect: "busy",
    reason: "cuda_device_unavailable",
    remedy: "another process holds the GPU in exclusive mode; nvidia-smi -q -d COMPUTE shows the mode",
  },
  100: {
    effect: "fails",
    reason: "cuda_no_device",
    remedy:
      "request GPUs for the container (nvidia.com/gpu, NVIDIA_VISIBLE_DEVICES), and see whether CUDA_VISIBLE_DEVICES hides them",
  },
  101: {
    effect: "suspect",
    reason: "cuda_invalid_device",
    remedy: "see whether CUDA_VISIBLE_DEVICES names GPUs or MIG instances that are no longer there",
  },
  214: { effect: "fails", reason: "cuda_ecc_uncorrectable", remedy: reset },
  220: {
    effect: "fails",
    reason: "cuda_nvlink_uncorrectable",
    remedy: "drain the node, see dmesg for Xid 74 and check the NVLink bridges or the NVSwitch",
  },
  221: noCompiler,
  223: noCompiler,
  304: {
    effect: "suspect",
    reason: "cuda_operating_system",
    remedy: "allow the device files /dev/nvidia* to this process (device cgroup, permissions), and see dmesg",
  },
  700: kernelFailed,
  702: kernelFailed,
  714: kernelFailed,
  715: kernelFailed,
  716: kernelFailed,
  717: kernelFailed,
  718: kernelFailed,
  719: kernelFailed,
  802: {
    effect: "suspect",
    reason: "cuda_system_not_ready",
    remedy:
      "on machines with NVSwitch start nvidia-fabricmanager in the driver's version; else see that every daemon of the driver runs",
  },
  803: {
    effect: "fails",
    reason: "cuda_driver_mismatch",
    remedy:
      "libcuda.so.1 is not of the kernel driver's version: finish the driver upgrade (reload the modules or reboot), or take the image's CUDA compatibility package off the library path",
  },
  804: {
    effect: "fails",
    reason: "cuda_compat_not_supported",
    remedy:
      "the CUDA compatibility package does not work with this GPU: take /usr/local/cuda/compat off the library path, or upgrade the driver",
  },
  805: mpsDown,
  806: mpsDown,
  807: mpsDown,
  808: mpsFull,
  809: mpsFull,
  999: {
    effect: "suspect",
    reason: "cuda_unknown_error",
    remedy: "load nvidia_uvm (modprobe nvidia_uvm, or nvidia-modprobe -u -c0) and see dmesg for NVRM lines",
  },
};

/** Codes without a row: carried with their number, believed when they repeat. */
const unknownMeaning: CudaMeaning = {
  effect: "suspect",
  reason: "cuda_error",
  remedy: "see dmesg for NVRM and Xid lines; run gpu_health_cuda_probe by hand for every step",
};

export const meaningOfCuda = (code: number): CudaMeaning => meanings[code] ?? unknownMeaning;

/** Codes of cuInit that a device file which cannot be opened explains. */
export const codesOfDeviceFiles: readonly number[] = [3, 100, 304, 999];
