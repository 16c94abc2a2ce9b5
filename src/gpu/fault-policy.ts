import type { Fault, Result } from "../core/result.js";
import { isSame } from "./faults/ledger.js";
import type { ActiveFault } from "./faults/record.js";
import type { MigInstanceId } from "./snapshot.js";
import type { TrackedGpu } from "./source.js";

/** Faults of the GPU as a whole. One of an instance that is not there counts as the GPU's: somebody has to show it. */
export const faultsOfGpu = ({ record, migInstances }: TrackedGpu): readonly ActiveFault[] =>
  record.faults.filter(
    ({ instance }) => instance === undefined || !migInstances.some((each) => isSame(each, instance)),
  );

/** Faults of one MIG instance alone. */
export const faultsOfInstance = ({ record }: TrackedGpu, instance: MigInstanceId): readonly ActiveFault[] =>
  record.faults.filter((each) => each.instance !== undefined && isSame(each.instance, instance));

/** What faults make of the status. They are certain, so no threshold waits for a second look. */
export function resultsOf(subject: string, faults: readonly ActiveFault[]): readonly Result[] {
  return faults.flatMap((fault): readonly Result[] => {
    const { row, remedy } = fault;
    if (row.severity !== "fatal" && row.severity !== "degraded") return [];
    const status = row.severity === "fatal" ? "unhealthy" : "degraded";
    return [{ status, reason: row.fault, message: messageOf(subject, fault), remedy, immediate: true }];
  });
}

/** Faults as results carry them, fatal ones first. */
export function shown(subject: string, faults: readonly ActiveFault[]): readonly Fault[] {
  return faults
    .flatMap((fault): readonly Fault[] => {
      const { row, remedy, sinceMs, count } = fault;
      if (row.severity === "ignore") return [];
      const message = messageOf(subject, fault);
      return [{ fault: row.fault, severity: row.severity, message, remedy, sinceMs, count }];
    })
    .sort((a, b) => order[a.severity] - order[b.severity]);
}

const order: Readonly<Record<Fault["severity"], number>> = { fatal: 0, degraded: 1, application: 2 };

export function messageOf(subject: string, { row, detail }: Pick<ActiveFault, "row" | "detail">): string {
  return detail === "" ? `${subject} ${row.sentence}` : `${subject} ${row.sentence} (${detail})`;
}
