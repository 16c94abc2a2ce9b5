import type { Fault } from "../core/result.js";
import { isSame } from "./faults/ledger.js";
import type { ActiveFault } from "./faults/record.js";
import type { Result } from "./result.js";
import type { MigInstanceId } from "./snapshot.js";
import type { TrackedGpu } from "./source.js";
import { migSubjectName } from "./subject.js";

/** What the GPU as a whole has, and thereby each of its instances. */
export const faultsOfWhole = ({ record }: TrackedGpu): readonly ActiveFault[] =>
  record.faults.filter(({ instance }) => instance === undefined);

/** What the GPU shows as its own: also faults of an instance that is not there, since somebody has to. */
export const faultsOfGpu = ({ record, migInstances }: TrackedGpu): readonly ActiveFault[] =>
  record.faults.filter(
    ({ instance }) => instance === undefined || !migInstances.some((each) => isSame(each, instance)),
  );

/** Faults of one MIG instance alone. */
export const faultsOfInstance = ({ record }: TrackedGpu, instance: MigInstanceId): readonly ActiveFault[] =>
  record.faults.filter((each) => each.instance !== undefined && isSame(each.instance, instance));

/** What faults make of the status. They are certain, so no threshold waits for a second look. */
export function resultsOf(gpu: string, faults: readonly ActiveFault[]): readonly Result[] {
  return faults.flatMap((fault): readonly Result[] => {
    const { row, remedy } = fault;
    if (row.severity !== "fatal" && row.severity !== "degraded") return [];
    const status = row.severity === "fatal" ? "unhealthy" : "degraded";
    const message = messageOf(whoHas(gpu, fault), fault);
    const result = { status, reason: row.fault, message, remedy, immediate: true } as const;
    return [row.mendedByRestart ? result : { ...result, mendedByRestart: false }];
  });
}

/** Faults as results carry them, fatal ones first. */
export function shown(gpu: string, faults: readonly ActiveFault[]): readonly Fault[] {
  return faults
    .flatMap((fault): readonly Fault[] => {
      const { row, remedy, sinceMs, count } = fault;
      if (row.severity === "ignore") return [];
      const message = messageOf(whoHas(gpu, fault), fault);
      return [{ fault: row.fault, severity: row.severity, message, remedy, sinceMs, count }];
    })
    .sort((a, b) => order[a.severity] - order[b.severity]);
}

const order: Readonly<Record<Fault["severity"], number>> = { fatal: 0, degraded: 1, application: 2 };

/** `gpu/0`, or `gpu/0/mig/1.0` where an instance has it. */
export const whoHas = (gpu: string, { instance }: Pick<ActiveFault, "instance">): string =>
  instance === undefined ? gpu : migSubjectName(gpu, instance);

export function messageOf(subject: string, { row, detail }: Pick<ActiveFault, "row" | "detail">): string {
  return detail === "" ? `${subject} ${row.sentence}` : `${subject} ${row.sentence} (${detail})`;
}
