import { metric } from "./cells.js";
import type { FaultRow } from "./row.js";

const dmesg = "see dmesg for NVRM and Xid lines";

const cuda = (
  fault: string,
  drill: string,
  reason: string,
  remedy: string,
  cells: Partial<FaultRow> = {},
): FaultRow => ({
  fault,
  on: "cuda",
  drill: `drill cuda ${drill}`,
  seenBy: "cuda",
  status: "unhealthy",
  reason,
  remedy,
  metric: metric("check_status", 1, { check: "cuda", status: cells.status ?? "unhealthy" }),
  ends: { steps: [{ drill: "drill reset" }] },
  ...cells,
});

export const cudaRows: readonly FaultRow[] = [
  cuda("fabric manager not ready", "--code 802", "cuda_system_not_ready", "on machines with NVSwitch start"),
  cuda("library and driver do not fit", "--code 803", "cuda_driver_mismatch", "libcuda.so.1 is not of the kernel"),
  cuda("compatibility package", "--code 804", "cuda_compat_not_supported", "the CUDA compatibility package"),
  cuda("no memory to start", "--code 2", "cuda_out_of_memory", "see which processes hold", { status: "degraded" }),
  cuda("another process has the GPU exclusively", "--code 46", "cuda_device_unavailable", "another process holds", {
    status: "degraded",
  }),
  cuda("MPS server does not answer", "--code 805", "cuda_mps_unavailable", "see whether nvidia-cuda-mps-control runs"),
  cuda(
    "no compiler for the kernel",
    "--function cuModuleLoadData --code 221",
    "cuda_jit_unavailable",
    "make libnvidia",
    {
      status: "degraded",
    },
  ),
  cuda("ECC error in a kernel", "--function cuCtxSynchronize --code 214", "cuda_ecc_uncorrectable", "drain the node"),
  cuda(
    "NVLink error in a kernel",
    "--function cuCtxSynchronize --code 220",
    "cuda_nvlink_uncorrectable",
    "drain the node",
  ),
  cuda("kernel fails", "--function cuCtxSynchronize --code 719", "cuda_kernel_failed", "see dmesg for Xid lines"),
  cuda("kernel computes wrongly", "--wrong-result", "cuda_wrong_result", "take the GPU out of service at once"),
  cuda("CUDA does not start in time", "--hang", "cuda_stalled", dmesg, { seenBy: "cuda deadline" }),
  cuda("kernel does not end", "--function cuCtxSynchronize --hang", "cuda_stalled", dmesg, { seenBy: "cuda deadline" }),
  cuda("CUDA crashes", "--function cuLaunchKernel --crash", "cuda_crashed", dmesg),
];
