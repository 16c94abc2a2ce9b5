import type { FaultCatalogue } from "./catalogue.js";
import type { FaultRow } from "./fault.js";
import { clear, type Step, Steps } from "./ledger.js";
import type { GpuRecord } from "./record.js";
import { xidOf } from "./row.js";

/**
 * The record under another catalogue: faults that are known keep their past and get the new row, those that are none
 * any more end. XIDs that were no faults when they came stay none.
 */
export function reclassify(record: GpuRecord, catalogue: FaultCatalogue): Step {
  const step = new Steps(record);
  step.take((now) => clear(now, "reconfigured", ({ row }) => !isKept(catalogue.row(row.fault))));
  step.take((now) => ({
    record: {
      ...now,
      faults: now.faults.map((fault) => {
        const row = catalogue.row(fault.row.fault);
        // A detector's own remedy, which names a process or a link, says more than any row.
        return { ...fault, row, remedy: fault.remedy === fault.row.remedy ? row.remedy : fault.remedy };
      }),
    },
    news: [],
  }));
  return step;
}

/** An application's XID is counted and is no fault of the GPU; what a detector sees is a fault unless it is ignored. */
const isKept = ({ fault, severity }: FaultRow): boolean =>
  severity !== "ignore" && !(severity === "application" && xidOf(fault) !== undefined);
