import type { Finding } from "../detectors/finding.js";
import type { GpuEvent, MigInstanceId } from "../snapshot.js";
import type { FaultCatalogue } from "./catalogue.js";
import type { FaultRow } from "./fault.js";
import type { Evidence, FaultNews } from "./news.js";
import type { ActiveFault, GpuRecord, XidCount } from "./record.js";

/** A record, and what happened on the way to it. */
export interface Step {
  readonly record: GpuRecord;
  readonly news: readonly FaultNews[];
}

/** Steps one after the other, with the news of all of them. */
export class Steps implements Step {
  news: readonly FaultNews[] = [];

  constructor(public record: GpuRecord) {}

  take(next: (record: GpuRecord) => Step): void {
    const { record, news } = next(this.record);
    this.record = record;
    this.news = [...this.news, ...news];
  }
}

/** The record with one XID more. What is an application's error or to be ignored is counted, and is no fault. */
export function recordXid(
  record: GpuRecord,
  { xid, atMs, instance }: GpuEvent & { readonly xid: number },
  catalogue: FaultCatalogue,
  pids: readonly number[],
): Step {
  const row = catalogue.ofXid(xid);
  const counted = { ...record, xids: countXid(record.xids, xid, instance), lastXid: xid };
  const about = instance === undefined ? {} : { instance };
  const told: FaultNews = { kind: "xid", xid, row, ...about };
  if (row.severity === "application" || row.severity === "ignore") return { record: counted, news: [told] };

  const known = record.faults.find((each) => each.row.fault === row.fault && isSame(each.instance, instance));
  const count = (known?.count ?? 0) + 1;
  const fault: ActiveFault = {
    row,
    ...about,
    detail: count === 1 ? `XID ${xid}` : `XID ${xid}, ${count} times`,
    remedy: row.remedy,
    sinceMs: known?.sinceMs ?? atMs,
    lastSeenMs: atMs,
    count,
    pids,
  };
  const faults = [...record.faults.filter((each) => each !== known), fault];
  return {
    record: { ...counted, faults },
    news: known === undefined ? [told, { kind: "raised", fault }] : [told],
  };
}

/** The record with what the detectors find now, of all that they can find. */
export function recordFindings(
  record: GpuRecord,
  findings: readonly Finding[],
  catalogue: FaultCatalogue,
  context: { readonly atMs: number; readonly pids: readonly number[] },
): Step {
  if (findings.length === 0 && record.faults.length === 0) return { record, news: [] };
  const found = findings.flatMap((finding): ActiveFault[] => {
    const row = catalogue.row(finding.fault);
    if (row.severity === "ignore") return [];
    const known = record.faults.find((each) => each.row.fault === row.fault);
    const { detail, remedy = row.remedy } = finding;
    const sinceMs = known?.sinceMs ?? context.atMs;
    return [{ row, detail, remedy, sinceMs, lastSeenMs: context.atMs, count: 1, pids: context.pids }];
  });
  const isFound = ({ row }: ActiveFault): boolean => found.some((each) => each.row.fault === row.fault);
  const others = record.faults.filter((each) => !isFound(each));
  const gone = others.filter(({ row }) => row.lasts === "signal");
  const wasThere = ({ row }: ActiveFault): boolean => record.faults.some((each) => each.row.fault === row.fault);
  const raised = found.filter((each) => !wasThere(each));
  return {
    record: { ...record, faults: [...others.filter((each) => !gone.includes(each)), ...found] },
    news: [
      ...gone.map((fault): FaultNews => ({ kind: "cleared", fault, evidence: "signal_gone" })),
      ...raised.map((fault): FaultNews => ({ kind: "raised", fault })),
    ],
  };
}

/** The record without the faults that `isOver` is true of. */
export function clear(record: GpuRecord, evidence: Evidence, isOver: (fault: ActiveFault) => boolean): Step {
  const over = record.faults.filter(isOver);
  if (over.length === 0) return { record, news: [] };
  return {
    record: { ...record, faults: record.faults.filter((each) => !over.includes(each)) },
    news: over.map((fault) => ({ kind: "cleared", fault, evidence })),
  };
}

/** Whether the fault outlives its signal, so that only evidence of recovery ends it. */
export const isSticky = ({ lasts }: FaultRow): boolean => lasts !== "signal";

function countXid(xids: readonly XidCount[], xid: number, instance: MigInstanceId | undefined): readonly XidCount[] {
  const known = xids.find((each) => each.xid === xid && isSame(each.instance, instance));
  if (known === undefined) return [...xids, { xid, ...(instance === undefined ? {} : { instance }), count: 1 }];
  return xids.map((each) => (each === known ? { ...each, count: each.count + 1 } : each));
}

export const isSame = (a: MigInstanceId | undefined, b: MigInstanceId | undefined): boolean =>
  a?.gpuInstanceId === b?.gpuInstanceId && a?.computeInstanceId === b?.computeInstanceId;
