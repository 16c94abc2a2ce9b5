import type { MigInstanceId } from "../snapshot.js";
import type { FaultRow } from "./fault.js";
import type { ActiveFault } from "./record.js";

/** Evidence that a fault is over. */
export type Evidence =
  /** The driver does not show it any more. */
  | "signal_gone"
  /** The driver asked for a reset, a reboot or a drain after it, and does not any more. */
  | "recovery_action_none"
  /** Counters that only a reset of the GPU takes back went back. */
  | "reset_seen"
  | "driver_reloaded"
  /** It was lost, and answers since NVML was opened anew. */
  | "gpu_came_back"
  /** The processes that were on the GPU then have ended. */
  | "processes_ended"
  /** Another GPU answers at this index. */
  | "gpu_replaced"
  /** An operator said so. */
  | "acknowledged"
  /** A new configuration says that it is no fault. */
  | "reconfigured";

/** What happened to one GPU, for the log. */
export type FaultNews =
  | { readonly kind: "xid"; readonly xid: number; readonly row: FaultRow; readonly instance?: MigInstanceId }
  /** More events than the native part keeps came before they were read. */
  | { readonly kind: "events_lost"; readonly count: number }
  | { readonly kind: "raised"; readonly fault: ActiveFault }
  | { readonly kind: "cleared"; readonly fault: ActiveFault; readonly evidence: Evidence };
