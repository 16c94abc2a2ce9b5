import type { Fault, Result } from "../core/result.js";
import type { ActiveFault, GpuRecord } from "./faults/record.js";
import { migSubjectName } from "./subject.js";

/** What the faults in a GPU's record make of its status. They are certain, so no threshold waits for a second look. */
export function faultResults(subject: string, { faults }: GpuRecord): readonly Result[] {
  return faults
    .filter(({ instance }) => instance === undefined)
    .flatMap((fault): readonly Result[] => {
      const { row, remedy } = fault;
      if (row.severity !== "fatal" && row.severity !== "degraded") return [];
      const status = row.severity === "fatal" ? "unhealthy" : "degraded";
      return [{ status, reason: row.fault, message: messageOf(subject, fault), remedy, immediate: true }];
    });
}

/** All faults in the record as results carry them, fatal ones first. */
export function faultsOf(subject: string, { faults }: GpuRecord): readonly Fault[] {
  return faults
    .flatMap((fault): readonly Fault[] => {
      const { row, remedy, sinceMs, count, instance } = fault;
      if (row.severity === "ignore") return [];
      const name = instance === undefined ? subject : migSubjectName(subject, instance);
      return [{ fault: row.fault, severity: row.severity, message: messageOf(name, fault), remedy, sinceMs, count }];
    })
    .sort((a, b) => order[a.severity] - order[b.severity]);
}

const order: Readonly<Record<Fault["severity"], number>> = { fatal: 0, degraded: 1, application: 2 };

export function messageOf(subject: string, { row, detail }: Pick<ActiveFault, "row" | "detail">): string {
  return detail === "" ? `${subject} ${row.sentence}` : `${subject} ${row.sentence} (${detail})`;
}
