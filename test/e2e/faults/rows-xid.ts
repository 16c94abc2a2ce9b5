import { acknowledged, metric, reset } from "./cells.js";
import type { FaultRow, Recovery } from "./row.js";

const resetGpu = "drain the node and reset the GPU";

const xid = (
  code: number,
  what: string,
  cells: Pick<FaultRow, "status"> & Partial<FaultRow>,
  ends: Recovery = acknowledged,
): FaultRow => ({
  fault: `XID ${code}: ${what}`,
  on: "h200",
  drill: `drill xid ${code} --gpu N`,
  seenBy: "event",
  reason: `xid_${code}`,
  metric: metric("gpu_xid_events_total", "one more", { xid: String(code) }),
  ends,
  ...cells,
});

/** Nothing to end: no fault was raised. */
const nothing: Recovery = { steps: [] };

export const xidRows: readonly FaultRow[] = [
  xid(79, "off the bus", { status: "unhealthy", remedy: "drain the node and reboot it" }),
  xid(
    48,
    "uncorrectable memory error",
    {
      status: "unhealthy",
      remedy: resetGpu,
      before: {
        drills: ["drill ecc --gpu N --corrected 3"],
        shows: metric("gpu_ecc_volatile_corrected_errors_total", 3),
      },
    },
    reset("reset_seen"),
  ),
  xid(
    95,
    "uncontained memory error",
    { status: "unhealthy", remedy: resetGpu },
    {
      steps: [
        { drill: "drill recovery-action --gpu N --action reset", shows: metric("gpu_recovery_action", 1) },
        { drill: "drill recovery-action --gpu N --action none" },
      ],
      evidence: "recovery_action_none",
    },
  ),
  xid(74, "NVLink error", { status: "unhealthy", remedy: "run nvidia-smi nvlink --status" }),
  xid(119, "system processor does not answer", { status: "unhealthy", remedy: resetGpu }),
  xid(
    94,
    "contained memory error",
    {
      status: "degraded",
      remedy: "restart the application that was hit",
      before: {
        drills: ["drill process --gpu N --pid 4711 --name trainer --used 20GiB"],
        shows: metric("gpu_process_memory_bytes", 20 * 2 ** 30, { pid: "4711", program: "trainer" }),
      },
    },
    reset("processes_ended"),
  ),
  xid(
    94,
    "of a MIG instance",
    {
      drill: "drill xid 94 --gpu N --gpu-instance 7 --compute-instance 0",
      component: "gpu/N/mig/7.0",
      status: "degraded",
      remedy: "restart the application that was hit",
      before: { drills: ["drill mig --gpu N --instances 2"], shows: metric("gpu_mig_enabled", 1) },
    },
    { steps: [...acknowledged.steps, { drill: "drill reset --gpu N" }], evidence: "acknowledged" },
  ),
  xid(92, "many correctable errors", { status: "degraded", remedy: "plan to run the vendor's diagnosis" }),
  xid(31, "page fault", { status: "unchanged", reason: "application", remedy: "restart the application" }, nothing),
  xid(
    13,
    "graphics exception",
    { status: "unchanged", reason: "application", remedy: "restart the application" },
    nothing,
  ),
  xid(63, "row remapping recorded", { status: "unchanged", reason: "ignore", remedy: "nothing now" }, nothing),
  xid(1234, "unknown to every source", { status: "degraded", remedy: "see dmesg for its NVRM line" }),
  xid(999, "the driver does not tell which", { status: "degraded", remedy: "see dmesg for its NVRM line" }),
];
