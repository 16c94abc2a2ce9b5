import type { SignalFault } from "../faults/signal-rows.js";
import type { GpuInspection } from "../inspection.js";
import { type Finding, findingIf } from "./finding.js";

/** NVML's field 230, nvmlDeviceGpuRecoveryAction_t. */
const recoveryFaults: Readonly<Record<number, SignalFault>> = {
  1: "gpu_recovery_reset",
  2: "gpu_recovery_reboot",
  3: "gpu_recovery_drain",
  4: "gpu_recovery_drain_and_reset",
};

/** What the driver asks for, and how it is set up. */
export function driverStateFindings({ recoveryAction, persistenceMode }: GpuInspection): readonly Finding[] {
  return [
    ...(recoveryAction.ok && recoveryAction.value !== 0 ? [recoveryFinding(recoveryAction.value)] : []),
    ...findingIf(persistenceMode.ok && !persistenceMode.value, "gpu_persistence_off"),
  ];
}

function recoveryFinding(action: number): Finding {
  const fault = recoveryFaults[action];
  return fault === undefined
    ? { fault: "gpu_recovery_unknown", detail: `recovery action ${action}` }
    : { fault, detail: "" };
}
