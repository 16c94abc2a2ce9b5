import type { GpuInspection } from "../inspection.js";
import type { GpuView } from "../snapshot.js";
import { clear, isSticky, type Step, Steps } from "./ledger.js";
import { type ActiveFault, emptyRecord, type GpuRecord } from "./record.js";

/** NVML and the driver under all GPUs, as last seen while NVML was open. */
export interface DriverState {
  /** How often NVML was opened: anew when the driver was gone, and for the sake of one lost GPU. */
  readonly generation: number;
  /** When the driver that is loaded now was found, on the monotonic clock, in milliseconds. */
  readonly loadedAtMs: number;
}

/** Indices move when a GPU falls off the bus and the driver is loaded anew: another GPU has another past. */
export function ofSameGpu(record: GpuRecord, { uuid }: GpuView): Step {
  if (!uuid.ok || uuid.value === record.uuid) return { record, news: [] };
  if (record.uuid === undefined) return { record: { ...record, uuid: uuid.value }, news: [] };
  const { news } = clear(record, "gpu_replaced", () => true);
  return { record: { ...emptyRecord, uuid: uuid.value }, news };
}

/** NVML: GPU is lost, GPU not found. */
const goneCodes: readonly number[] = [15, 28];

/**
 * Evidence in that the GPU answers: the driver was loaded after the fault, however short the outage, or NVML was opened
 * anew while the GPU was lost. Either starts the GPU anew. One that answers again by itself has only been away.
 */
export function afterOutage(record: GpuRecord, view: GpuView, driver: DriverState): Step {
  const codes = codesOf(view);
  if (codes.some((code) => goneCodes.includes(code))) {
    return { record: { ...record, lostInGeneration: record.lostInGeneration ?? driver.generation }, news: [] };
  }
  const { snapshot } = view;
  if (snapshot === undefined || codes.length > 0) return { record, news: [] };
  const beganAtMs = snapshot.sampledAtMs - snapshot.durationMs;
  // What was read under the driver before is no answer of this one.
  if (beganAtMs < driver.loadedAtMs) return { record, news: [] };
  const step = new Steps(record);
  step.take((now) => clear(now, "driver_reloaded", isStickyBefore(driver.loadedAtMs)));
  const { lostInGeneration, ...there } = step.record;
  if (lostInGeneration === undefined) return step;
  const cameBack = lostInGeneration !== driver.generation;
  step.take(() => (cameBack ? clear(there, "gpu_came_back", isStickyBefore(beganAtMs)) : { record: there, news: [] }));
  return step;
}

/** Whether a fault needs evidence to end and was told before this time, last. */
const isStickyBefore =
  (atMs: number) =>
  ({ row, lastSeenMs }: ActiveFault): boolean =>
    isSticky(row) && lastSeenMs < atMs;

/** The codes in place of a handle and of the memory, which every card has. */
const codesOf = ({ handleError, snapshot }: GpuView): readonly number[] => [
  ...(handleError === undefined ? [] : [handleError.code]),
  ...(snapshot === undefined || snapshot.memory.ok ? [] : [snapshot.memory.returnCode.code]),
];

/** Evidence of recovery in a new inspection. It says nothing of faults that were told after it began. */
export function afterInspection(record: GpuRecord, inspection: GpuInspection): Step {
  const { recoveryAction, processes, inspectedAtMs, durationMs } = inspection;
  const beganAtMs = inspectedAtMs - durationMs;
  const volatileErrors = volatileErrorsOf(inspection);
  const isActionOver = record.recoveryAction !== undefined && record.recoveryAction !== 0 && isNone(recoveryAction);
  const isReset =
    record.volatileErrors !== undefined && volatileErrors !== undefined && volatileErrors < record.volatileErrors;
  const evidence = isActionOver ? "recovery_action_none" : isReset ? "reset_seen" : undefined;
  const step = new Steps(record);
  if (evidence !== undefined) {
    step.take((now) => clear(now, evidence, isStickyBefore(beganAtMs)));
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

const isNone = (action: GpuInspection["recoveryAction"]): boolean => action.ok && action.value === 0;

function volatileErrorsOf({ eccVolatileCorrected, eccVolatileUncorrected }: GpuInspection): number | undefined {
  if (!eccVolatileCorrected.ok || !eccVolatileUncorrected.ok) return undefined;
  return eccVolatileCorrected.value + eccVolatileUncorrected.value;
}

const known = <Key extends string>(key: Key, value: number | undefined): { readonly [K in Key]?: number } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]?: number });
