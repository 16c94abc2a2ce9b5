import { type DetectionLimits, detect, emptyHistories, observe } from "../detectors/detect.js";
import type { GpuInspection } from "../inspection.js";
import type { GpuEvent, GpuView } from "../snapshot.js";
import type { FaultCatalogue } from "./catalogue.js";
import { clear, isSticky, recordFindings, recordXid, type Step } from "./ledger.js";
import type { FaultNews } from "./news.js";
import { emptyRecord, type GpuRecord } from "./record.js";

/** What the faults of one GPU follow from. */
export interface Observation {
  readonly view: GpuView;
  /** Of this GPU, since the last time. */
  readonly events: readonly GpuEvent[];
  /** How often NVML was opened so far; undefined while it is not open. */
  readonly generation?: number;
}

export interface FaultRules {
  readonly catalogue: FaultCatalogue;
  readonly limits: DetectionLimits;
}

/** The record of one GPU with all that is new. Looking twice at the same changes nothing. */
export function advance(record: GpuRecord, observation: Observation, rules: FaultRules): Step {
  const { view, events, generation } = observation;
  const pids = pidsOf(view.inspection);
  const step = new Steps(record);
  step.take((now) => ofSameGpu(now, view));
  step.take((now) => afterReload(now, generation));
  for (const { xid, ...event } of events) {
    if (xid !== undefined) step.take((now) => recordXid(now, { ...event, xid }, rules.catalogue, pids));
  }
  const { inspection } = view;
  if (inspection !== undefined && inspection.sequence !== step.record.inspectionSequence) {
    step.take((now) => afterRecovery(now, inspection));
  }
  step.take((now) => withSignals(now, view, pids, rules));
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

/** Steps one after the other, with the news of all of them. */
class Steps implements Step {
  news: readonly FaultNews[] = [];

  constructor(public record: GpuRecord) {}

  take(next: (record: GpuRecord) => Step): void {
    const { record, news } = next(this.record);
    this.record = record;
    this.news = [...this.news, ...news];
  }
}

/** Indices move when a GPU falls off the bus and the driver is loaded anew: another GPU has another past. */
function ofSameGpu(record: GpuRecord, { uuid }: GpuView): Step {
  if (!uuid.ok || uuid.value === record.uuid) return { record, news: [] };
  if (record.uuid === undefined) return { record: { ...record, uuid: uuid.value }, news: [] };
  const { news } = clear(record, "gpu_replaced", () => true);
  return { record: { ...emptyRecord, generation: record.generation, uuid: uuid.value }, news };
}

/** A reload of the driver resets the GPUs. What it still shows then is found again. */
function afterReload(record: GpuRecord, generation: number | undefined): Step {
  if (generation === undefined) return { record, news: [] };
  const step: Step =
    record.generation > 0 && generation > record.generation
      ? clear(record, "driver_reloaded", ({ row }) => isSticky(row))
      : { record, news: [] };
  return { ...step, record: { ...step.record, generation } };
}

/** Evidence of recovery in a new inspection. It says nothing of faults that were told after it began. */
function afterRecovery(record: GpuRecord, inspection: GpuInspection): Step {
  const { recoveryAction, processes, inspectedAtMs, durationMs } = inspection;
  const beganAtMs = inspectedAtMs - durationMs;
  const volatileErrors = volatileErrorsOf(inspection);
  const isActionOver = record.recoveryAction !== undefined && record.recoveryAction !== 0 && isNone(recoveryAction);
  const isReset =
    record.volatileErrors !== undefined && volatileErrors !== undefined && volatileErrors < record.volatileErrors;
  const evidence = isActionOver ? "recovery_action_none" : isReset ? "reset_seen" : undefined;
  const step = new Steps(record);
  if (evidence !== undefined) {
    step.take((now) => clear(now, evidence, ({ row, lastSeenMs }) => isSticky(row) && lastSeenMs < beganAtMs));
  }
  if (processes.ok) {
    const running = new Set(processes.value.filter(({ exists }) => exists).map(({ pid }) => pid));
    step.take((now) =>
      clear(now, "processes_ended", ({ row, pids, lastSeenMs }) => {
        const haveEnded = pids.length > 0 && !pids.some((pid) => running.has(pid));
        return row.lasts === "processes" && haveEnded && lastSeenMs < beganAtMs;
      }),
    );
  }
  const { recoveryAction: _, volatileErrors: __, ...rest } = step.record;
  return {
    news: step.news,
    record: {
      ...rest,
      ...known("recoveryAction", recoveryAction.ok ? recoveryAction.value : record.recoveryAction),
      ...known("volatileErrors", volatileErrors ?? record.volatileErrors),
    },
  };
}

/** What the signals show, where there are new ones. */
function withSignals(record: GpuRecord, view: GpuView, pids: readonly number[], rules: FaultRules): Step {
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
    { atMs, pids },
  );
}

const isNone = (action: GpuInspection["recoveryAction"]): boolean => action.ok && action.value === 0;

function volatileErrorsOf({ eccVolatileCorrected, eccVolatileUncorrected }: GpuInspection): number | undefined {
  if (!eccVolatileCorrected.ok || !eccVolatileUncorrected.ok) return undefined;
  return eccVolatileCorrected.value + eccVolatileUncorrected.value;
}

const pidsOf = (inspection: GpuInspection | undefined): readonly number[] =>
  inspection?.processes.ok === true ? inspection.processes.value.map(({ pid }) => pid) : [];

const known = <Key extends string>(key: Key, value: number | undefined): { readonly [K in Key]?: number } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]?: number });
