import type { ReasonGroup } from "../../core/reason.js";

export const cudaReasons = {
  title: "CUDA",
  about: "More of each, with the codes of CUDA that lead to it, is in [cuda.md](cuda.md#what-it-finds).",
  reasons: {
    cuda_compat_not_supported: {
      means: "The CUDA compatibility package is on the library path, and does not work with this GPU.",
      look: "Take it off the path, or upgrade the driver.",
    },
    cuda_compute_prohibited: {
      means: "The GPU is set so that no CUDA program may use it.",
      look: "Who set the compute mode: `nvidia-smi -q -d COMPUTE`.",
    },
    cuda_crashed: {
      means: "The program that asks CUDA was ended by a signal, most likely inside the driver.",
      look: "dmesg: Xid lines, or the kernel out of memory.",
    },
    cuda_device_file_denied: {
      means: "CUDA does not start because this process may not open a device file.",
      look: "Permissions of /dev/nvidia*, and the container's device cgroup.",
    },
    cuda_device_file_missing: {
      means: "CUDA does not start because a device file is not there, mostly /dev/nvidia-uvm.",
      look: "Load nvidia_uvm on the node; see what the container was given.",
    },
    cuda_device_unavailable: {
      means: "Another process has the GPU for itself, so CUDA gives no context.",
      look: "`nvidia-smi -q -d COMPUTE`: the exclusive mode, and who holds it.",
    },
    cuda_driver_mismatch: {
      means: "CUDA's library and the kernel driver have different versions.",
      look: "Finish the driver's upgrade, or take an old library off the path.",
    },
    cuda_ecc_uncorrectable: {
      means: "The GPU's memory had an error that could not be corrected.",
      look: "Drain the node and reset the GPU.",
    },
    cuda_error: {
      means: "CUDA gave an error that has no reason of its own.",
      look: "The message has its name; dmesg at that time.",
    },
    cuda_gpu_missing: {
      means: "NVML shows a GPU that CUDA does not.",
      look: "The container's device files, MIG without an instance, CUDA_VISIBLE_DEVICES, and dmesg.",
    },
    cuda_invalid_device: {
      means: "CUDA takes the GPU that it was asked for, for none.",
      look: "CUDA_VISIBLE_DEVICES: it may name what is no longer there.",
    },
    cuda_jit_unavailable: {
      means: "CUDA starts, and cannot compile the test kernel here; programs with compiled kernels run, so degraded.",
      look: "Whether the driver's PTX compiler is in the container.",
    },
    cuda_kernel_failed: {
      means: "A small kernel ended with an error that only a fault of the GPU or the driver explains.",
      look: "dmesg for Xid lines; where it comes again, reset the GPU.",
    },
    cuda_library_invalid: {
      means: "What was found as CUDA's driver library cannot be used.",
      look: "Which libcuda.so.1 is found, and whether it is the driver's.",
    },
    cuda_library_not_found: {
      means: "CUDA's driver library is not there, though NVML may be.",
      look: "In a container NVIDIA_DRIVER_CAPABILITIES: `utility` alone gives no CUDA.",
    },
    cuda_mps_full: {
      means: "The MPS server takes no more clients.",
      look: "How many programs share the GPU, and the server's limit.",
    },
    cuda_mps_unavailable: {
      means: "CUDA is to use MPS, and its server does not answer.",
      look: "Whether nvidia-cuda-mps-control runs, and its folder is shared with this container.",
    },
    cuda_no_device: {
      means: "CUDA starts and shows no GPU.",
      look: "Whether the container requests GPUs, and CUDA_VISIBLE_DEVICES.",
    },
    cuda_nvlink_uncorrectable: {
      means: "An NVLink had an error that could not be corrected.",
      look: "dmesg for Xid 74, then the bridges or the NVSwitch.",
    },
    cuda_operating_system: {
      means: "A call into the operating system failed in CUDA.",
      look: "Device files, limits of the container, and dmesg.",
    },
    cuda_out_of_memory: {
      means:
        "There is not enough memory to start CUDA, on the GPU or in the container; what runs goes on, so degraded.",
      look: "Who holds the GPU's memory, and the container's own limit.",
    },
    cuda_probe_failed: {
      means: "The program that asks CUDA ended early by itself.",
      look: "Run `gpu_health_cuda_probe` by hand.",
    },
    cuda_probe_missing: {
      means: "The program that asks CUDA is not built.",
      look: "Install a C++ compiler and CMake, and build it.",
    },
    cuda_stalled: {
      means: "A call into CUDA does not return: the driver hangs, and so does what starts now.",
      look: "dmesg for NVRM and Xid lines; only a reboot ends most of these.",
    },
    cuda_stub_library: {
      means: "The CUDA toolkit's stub was found in place of the driver's library.",
      look: "Take the folder of stubs off LD_LIBRARY_PATH.",
    },
    cuda_system_not_ready: {
      means: "CUDA waits for a service of the driver: where there are NVSwitches, the fabric manager.",
      look: "`systemctl status nvidia-fabricmanager`, and whether its version is the driver's.",
    },
    cuda_unknown_error: {
      means: "CUDA does not start and does not say why; mostly nvidia_uvm is not loaded or broken.",
      look: "`modprobe nvidia_uvm`, and dmesg for NVRM lines.",
    },
    cuda_wrong_result: {
      means: "The GPU computes wrongly, without any error: its results cannot be trusted.",
      look: "Take it out of service at once. What it computed lately is in doubt.",
    },
  },
} as const satisfies ReasonGroup;
