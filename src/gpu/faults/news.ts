import type { MigInstanceId } from "../snapshot.js";
import type { ActiveFault } from "./record.js";
import type { FaultRow } from "./row.js";

/** Evidence that a fault is over. */
export type Evidence =
  /** The driver does not show it any more. */
  | "signal_gone"
  /** The driver asked for a reset, a reboot or a drain after it, and does not any more. */
  | "recovery_action_none"
  /** Counters that only a reset of the GPU takes back went back. */
  | "reset_seen"
  | "driver_reloaded"
  /** The processes that were on the GPU then have ended. */
  | "processes_ended"
  /** Another GPU answers at this index. */
  | "gpu_replaced"
  /** An operator said so. */
  | "acknowledged";

/** What happened to one GPU, for the log. */
export type FaultNews =
  | { readonly kind: "xid"; readonly xid: number; readonly row: FaultRow; readonly instance?: MigInstanceId }
  | { readonly kind: "raised"; readonly fault: ActiveFault }
  | { readonly kind: "cleared"; readonly fault: ActiveFault; readonly evidence: Evidence };
