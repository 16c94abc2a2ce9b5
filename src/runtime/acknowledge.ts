import type { FaultTracker } from "../gpu/faults/tracker.js";
import type { AdminOptions } from "../outputs/http/admin-app.js";
import type { Logger } from "../outputs/log/logger.js";

/** An operator's word that faults of a GPU are known or mended; `tracker` is undefined where there are no GPUs. */
export function createAcknowledge(tracker: FaultTracker | undefined, logger: Logger): AdminOptions["acknowledge"] {
  return (index, fault) => {
    const gpu = tracker?.gpus().find((each) => each.index === index);
    if (tracker === undefined || gpu === undefined) {
      return { ok: false, status: 404, message: `there is no gpu/${index}` };
    }
    const active: readonly string[] = [...new Set(gpu.record.faults.map(({ row }) => row.fault))];
    if (fault !== undefined && !active.includes(fault)) {
      const known = active.length === 0 ? "it has none" : `it has ${active.join(", ")}`;
      return { ok: false, status: 409, message: `gpu/${index} does not have the fault ${fault}: ${known}` };
    }
    const cleared = [...new Set(tracker.acknowledge(index, fault))];
    const message = `an operator acknowledged the faults of gpu/${index}: ${cleared.join(", ") || "it has none"}`;
    logger.warn("faults_acknowledged", message, { gpu: `gpu/${index}`, faults: cleared });
    return { ok: true, cleared };
  };
}
