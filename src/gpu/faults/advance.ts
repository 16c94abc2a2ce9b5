import { type DetectionLimits, detect, emptyHistories, observe } from "../detectors/detect.js";
import { processesOf } from "../detectors/processes.js";
import type { GpuEvent, GpuView, MigInstanceId } from "../snapshot.js";
import type { FaultCatalogue } from "./catalogue.js";
import { afterInspection, afterOutage, type DriverState, ofSameGpu } from "./evidence.js";
import { clear, recordFindings, recordXid, type Step, Steps } from "./ledger.js";
import type { GpuRecord } from "./record.js";

/** What the faults of one GPU follow from. */
export interface Observation {
  readonly view: GpuView;
  /** Of this GPU, since the last time. */
  readonly events: readonly GpuEvent[];
  readonly driver: DriverState;
}

export interface FaultRules {
  readonly catalogue: FaultCatalogue;
  readonly limits: DetectionLimits;
}

/** The record of one GPU with all that is new. Looking twice at the same changes nothing. */
export function advance(record: GpuRecord, observation: Observation, rules: FaultRules): Step {
  const { view, events, driver } = observation;
  const step = new Steps(record);
  step.take((now) => ofSameGpu(now, view));
  // Before any evidence: what came before a reload ends with it, also where both are heard of at once.
  for (const { xid, ...event } of events) {
    if (xid !== undefined)
      step.take((now) => recordXid(now, { ...event, xid }, rules.catalogue, pidsOf(view, event.instance)));
  }
  step.take((now) => afterOutage(now, view, driver));
  const { inspection } = view;
  if (inspection !== undefined && inspection.sequence !== step.record.inspectionSequence) {
    step.take((now) => afterInspection(now, inspection));
  }
  step.take((now) => withSignals(now, view, rules));
  return step;
}

/**
 * An operator knows the faults, all or the named one: they end, and the detectors start anew. What the driver still shows
 * is found again at its next reading.
 */
export function acknowledge(record: GpuRecord, fault?: string): Step {
  const step = clear(record, "acknowledged", ({ row }) => fault === undefined || row.fault === fault);
  return { ...step, record: { ...step.record, histories: emptyHistories } };
}

/** What the signals show, where there are new ones. */
function withSignals(record: GpuRecord, view: GpuView, rules: FaultRules): Step {
  const { snapshot, inspection } = view;
  const isNew = {
    snapshot: snapshot !== undefined && snapshot.sequence !== record.snapshotSequence,
    inspection: inspection !== undefined && inspection.sequence !== record.inspectionSequence,
  };
  if (!isNew.snapshot && !isNew.inspection) return { record, news: [] };
  const histories = observe(record.histories, view, isNew, rules.limits);
  const atMs = Math.max(snapshot?.sampledAtMs ?? 0, inspection?.inspectedAtMs ?? 0);
  const findings = detect(view, histories, rules.limits);
  return recordFindings(
    {
      ...record,
      histories,
      snapshotSequence: snapshot?.sequence ?? 0,
      inspectionSequence: inspection?.sequence ?? 0,
    },
    findings,
    rules.catalogue,
    { atMs, pids: pidsOf(view) },
  );
}

/** Who is on the GPU, or on one instance of it, as far as it is known. */
function pidsOf({ inspection }: GpuView, instance?: MigInstanceId): readonly number[] {
  if (inspection?.processes.ok !== true) return [];
  return processesOf(inspection.processes.value, instance).map(({ pid }) => pid);
}
