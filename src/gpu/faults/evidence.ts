import type { GpuInspection } from "../inspection.js";
import type { GpuView } from "../snapshot.js";
import { clear, isSticky, type Step, Steps } from "./ledger.js";
import { emptyRecord, type GpuRecord } from "./record.js";

/** The driver as all GPUs together show it. */
export interface DriverState {
  /** How often NVML was opened so far, 0 before the first time. It is opened anew when the driver was gone, and for the sake of one lost GPU. */
  readonly generation: number;
  readonly isOut: boolean;
}

/** Indices move when a GPU falls off the bus and the driver is loaded anew: another GPU has another past. */
export function ofSameGpu(record: GpuRecord, { uuid }: GpuView): Step {
  if (!uuid.ok || uuid.value === record.uuid) return { record, news: [] };
  if (record.uuid === undefined) return { record: { ...record, uuid: uuid.value }, news: [] };
  const { news } = clear(record, "gpu_replaced", () => true);
  return { record: { ...emptyRecord, uuid: uuid.value }, news };
}

/** NVML: not initialised, driver not loaded, library and driver of different versions. */
const driverCodes: readonly number[] = [1, 9, 18];
/** NVML: GPU is lost, GPU not found. */
const goneCodes: readonly number[] = [15, 28];

/** Whether the driver itself is gone, as far as this GPU's answers tell. */
export const showsNoDriver = (view: GpuView): boolean => codesOf(view).some((code) => driverCodes.includes(code));

/**
 * Evidence in that the GPU answers again: NVML was opened anew meanwhile, so the driver was loaded again or the GPU came
 * back to the bus, and either starts the GPU anew. One that answers again by itself has only been away.
 */
export function afterOutage(record: GpuRecord, view: GpuView, driver: DriverState): Step {
  if (driver.generation === 0) return { record, news: [] };
  const { snapshot } = view;
  const codes = codesOf(view);
  const isGone = codes.some((code) => goneCodes.includes(code));
  if (driver.isOut || isGone) {
    const of = driver.isOut || record.outage?.of === "driver" ? "driver" : "gpu";
    const generation = record.outage?.generation ?? driver.generation;
    const snapshotSequence = snapshot?.sequence ?? record.snapshotSequence;
    return { record: { ...record, outage: { of, generation, snapshotSequence } }, news: [] };
  }
  const { outage, ...rest } = record;
  const answers = snapshot !== undefined && snapshot.sequence !== outage?.snapshotSequence && codes.length === 0;
  if (outage === undefined || !answers) return { record, news: [] };
  if (driver.generation === outage.generation) return { record: rest, news: [] };
  const beganAtMs = snapshot.sampledAtMs - snapshot.durationMs;
  const evidence = outage.of === "driver" ? "driver_reloaded" : "gpu_came_back";
  return clear(rest, evidence, ({ row, lastSeenMs }) => isSticky(row) && lastSeenMs < beganAtMs);
}

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

const isNone = (action: GpuInspection["recoveryAction"]): boolean => action.ok && action.value === 0;

function volatileErrorsOf({ eccVolatileCorrected, eccVolatileUncorrected }: GpuInspection): number | undefined {
  if (!eccVolatileCorrected.ok || !eccVolatileUncorrected.ok) return undefined;
  return eccVolatileCorrected.value + eccVolatileUncorrected.value;
}

const known = <Key extends string>(key: Key, value: number | undefined): { readonly [K in Key]?: number } =>
  value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]?: number });
