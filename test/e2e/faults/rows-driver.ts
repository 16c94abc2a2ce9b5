import { metric, reset, signalGone } from "./cells.js";
import type { FaultRow } from "./row.js";

const recovery = (action: string, value: number, cells: Pick<FaultRow, "status" | "reason" | "remedy">): FaultRow => ({
  fault: `the driver asks for ${action}`,
  on: "h200",
  drill: `drill recovery-action --gpu N --action ${action}`,
  seenBy: "inspection",
  metric: metric("gpu_recovery_action", value),
  ends: signalGone,
  ...cells,
});

const drain = "send no new work to the node";

/** As on a real machine, where no driver is loaded before the old one is gone. */
const unloaded = {
  drill: "drill unload-driver",
  shows: metric("component_reason", 1, { component: "gpu", reason: "nvml_init_failed" }),
};

export const driverRows: readonly FaultRow[] = [
  recovery("reset", 1, {
    status: "unhealthy",
    reason: "gpu_recovery_reset",
    remedy: "drain the node and reset the GPU",
  }),
  recovery("reboot", 2, {
    status: "unhealthy",
    reason: "gpu_recovery_reboot",
    remedy: "drain the node and reboot it",
  }),
  recovery("drain", 3, { status: "degraded", reason: "gpu_recovery_drain", remedy: drain }),
  recovery("drain-and-reset", 4, { status: "degraded", reason: "gpu_recovery_drain_and_reset", remedy: drain }),
  {
    ...recovery("9", 9, {
      status: "degraded",
      reason: "gpu_recovery_unknown",
      remedy: "run nvidia-smi --query and see",
    }),
    fault: "the driver asks for what this version does not know",
  },
  {
    fault: "persistence mode off",
    on: "h200",
    drill: "drill persistence --gpu N --mode off",
    seenBy: "inspection",
    status: "unchanged",
    metric: metric("gpu_persistence_mode", 0),
    ends: reset(),
  },
  {
    fault: "MIG instances that an operator takes away",
    on: "a100",
    before: { drills: ["drill mig --gpu N --instances 2"], shows: metric("gpu_mig_enabled", 1) },
    drill: "drill mig --gpu N --instances 0",
    seenBy: "inspection",
    component: "gpu",
    status: "unchanged",
    metric: metric("gpu_mig_enabled", 0),
    ends: reset(),
  },
  {
    fault: "GPU lost, and back",
    on: "driver",
    drill: "drill lose --gpu N",
    seenBy: "sample",
    status: "unhealthy",
    reason: "gpu_lost",
    readinessReason: "gpu_missing",
    remedy: "drain the node and reboot it",
    metric: metric("component_serving", 0, { component: "gpu/N" }),
    ends: reset(),
  },
  {
    fault: "XID 79, ended by a reload too quick to be seen",
    on: "driver",
    drill: "drill xid 79 --gpu N",
    seenBy: "event",
    status: "unhealthy",
    reason: "xid_79",
    remedy: "drain the node and reboot it",
    metric: metric("gpu_xid_events_total", "one more", { xid: "79" }),
    ends: { steps: [{ drill: "drill reload-driver" }], evidence: "driver_reloaded" },
  },
  {
    fault: "driver unloaded, and loaded again",
    on: "driver",
    drill: "drill unload-driver",
    seenBy: "sample",
    component: "gpu",
    status: "unhealthy",
    reason: "nvml_init_failed",
    remedy: "see whether nvidia-smi works and what dmesg says of NVRM",
    metric: metric("component_serving", 0, { component: "gpu" }),
    ends: { steps: [{ drill: "drill reload-driver" }] },
  },
  {
    fault: "XID 79, ended by loading the driver again",
    on: "driver",
    drill: "drill xid 79 --gpu N",
    seenBy: "event",
    status: "unhealthy",
    reason: "xid_79",
    remedy: "drain the node and reboot it",
    metric: metric("gpu_xid_events_total", "one more", { xid: "79" }),
    ends: { steps: [unloaded, { drill: "drill reload-driver" }], evidence: "driver_reloaded" },
  },
  {
    fault: "XID 48, ended by a newer driver",
    on: "driver",
    drill: "drill xid 48 --gpu N",
    seenBy: "event",
    status: "unhealthy",
    reason: "xid_48",
    remedy: "drain the node and reset the GPU",
    metric: metric("gpu_xid_events_total", "one more", { xid: "48" }),
    ends: { steps: [unloaded, { drill: "drill upgrade-driver" }], evidence: "driver_reloaded" },
  },
  {
    fault: "GPU gone, also when the driver counts again",
    on: "driver",
    drill: "drill remove --gpu N",
    seenBy: "sample",
    status: "unhealthy",
    reason: "gpu_lost",
    readinessReason: "gpu_missing",
    remedy: "drain the node and reboot it",
    metric: metric("component_serving", 0, { component: "gpu/N" }),
    ends: reset(),
  },
];
