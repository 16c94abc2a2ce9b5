import { metric, reset } from "./cells.js";
import type { FaultRow, Sample } from "./row.js";

/** Of whichever component it is: 1 while it is SERVING. */
const notServing: Sample = metric("component_serving", 0, { component: "gpu/N" });

const code = (value: number, name: string, reason: string, remedy: string): FaultRow => ({
  fault: `return code ${value}, ${name}`,
  on: "a100",
  drill: `drill return-code --gpu N --function nvmlDeviceGetMemoryInfo_v2 --code ${value}`,
  seenBy: "sample",
  status: "unhealthy",
  reason,
  remedy,
  metric: notServing,
  ends: reset(),
});

export const callRows: readonly FaultRow[] = [
  code(4, "no permission", "gpu_no_permission", "give the process access to the device"),
  code(8, "insufficient power", "gpu_insufficient_power", "check the card's power cables"),
  // These have NVML initialised again, for all GPUs of the server.
  { ...code(9, "driver not loaded", "nvidia_driver_not_loaded", "load the driver"), on: "v100" },
  code(10, "timeout", "nvml_timeout", "see dmesg for NVRM lines"),
  code(11, "interrupt problem", "gpu_interrupt_issue", "see dmesg for NVRM lines"),
  code(12, "library not found", "nvml_library_not_found", "install the driver's libraries"),
  {
    ...code(14, "corrupted infoROM", "gpu_corrupted_inforom", "plan to have the card replaced"),
    status: "degraded",
    metric: metric("component_status", 1, { component: "gpu/N", status: "degraded" }),
  },
  code(16, "reset required", "gpu_reset_required", "drain the node and reset the GPU"),
  code(17, "operating system", "gpu_blocked_by_operating_system", "allow the device files"),
  { ...code(18, "version mismatch", "nvidia_version_mismatch", "finish the driver upgrade"), on: "v100" },
  code(27, "not ready", "gpu_not_ready", "wait until it has started"),
  {
    ...code(28, "not found", "gpu_not_found", "drain the node and reboot it"),
    on: "v100",
    readinessReason: "gpu_missing",
  },
  code(999, "unknown", "nvml_error", "see dmesg for NVRM lines"),
  code(77, "not in any list", "nvml_error", "see dmesg for NVRM lines"),
  {
    fault: "return code 3, the card does not have this value",
    on: "a100",
    drill: "drill return-code --gpu N --function nvmlDeviceGetPowerUsage --code 3",
    seenBy: "sample",
    status: "unchanged",
    metric: metric("component_serving", 1, { component: "gpu/N" }),
    ends: reset(),
  },
  {
    fault: "a call that does not return",
    on: "a100",
    drill: "drill hang --gpu N",
    seenBy: "call",
    status: "unhealthy",
    reason: "nvml_stalled",
    remedy: "see dmesg for NVRM and Xid lines",
    metric: notServing,
    ends: reset(),
  },
];
