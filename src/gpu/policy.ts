import type { Fault } from "../core/result.js";
import { compareStatus } from "../core/status.js";
import { memoryHolders } from "./detectors/processes.js";
import { faultsOfGpu, faultsOfInstance, faultsOfWhole, resultsOf, shown } from "./fault-policy.js";
import type { ActiveFault } from "./faults/record.js";
import { judgeLimits } from "./limit-policy.js";
import type { BrokenSince, GpuLimits } from "./limits.js";
import { codeFaults, codeResult, type OutageContext, outdated, stalled, unreachable } from "./outage.js";
import { lastingOf, measuredOf, measuredOfInstance, withMeasured } from "./readings/measured.js";
import type { Result } from "./result.js";
import type { LibraryState, MigInstance } from "./snapshot.js";
import type { TrackedGpu } from "./source.js";
import { migSubjectName } from "./subject.js";

export interface PolicyContext extends OutageContext {
  readonly limits: GpuLimits;
  /** Whose versions go with the readings. */
  readonly library: LibraryState;
}

export interface Judgement {
  readonly result: Result;
  readonly brokenSince: BrokenSince;
}

/**
 * The verdict on one GPU: the worst of all that is known, and of two that are as bad a hang first, then the faults in
 * its record (they name the cause), then what NVML says of the GPU, then the limits. Undefined while there is nothing to
 * judge yet: no snapshot, and none overdue. Where the GPU is shared out, limits on memory are its instances' matter.
 */
export function judge(gpu: TrackedGpu, context: PolicyContext): Judgement | undefined {
  const subject = `gpu/${gpu.index}`;
  const { library } = context;
  const faults = faultsOfGpu(gpu);
  const outage = outageOf(subject, gpu, faults, context);
  if (outage !== undefined) {
    const result = withFaults(outage.result, shown(subject, faults));
    return { ...outage, result: withMeasured(result, () => lastingOf(gpu, library)) };
  }
  if (gpu.snapshot === undefined) return undefined;
  const isShared = gpu.migInstances.length > 0;
  const limits = judgeLimits(
    { subject, ...gpu.snapshot, holders: () => memoryHolders(gpu.inspection) },
    isShared
      ? { ...context, limits: { ...context.limits, minFreeMemory: undefined, maxMemoryUsed: undefined } }
      : context,
  );
  const results = [...resultsOf(subject, faults), ...codeFaults(subject, gpu.snapshot), ...limits.results];
  const name = gpu.name.ok ? ` (${gpu.name.value})` : "";
  const result = withFaults(worst(results, healthyResult(`${subject}${name}`)), shown(subject, faults));
  return { result: withMeasured(result, () => measuredOf(gpu, library)), brokenSince: limits.brokenSince };
}

/** The verdict on one MIG instance: what its GPU has, what it has itself, and the limits on its memory. */
export function judgeInstance(gpu: TrackedGpu, instance: MigInstance, context: PolicyContext): Judgement | undefined {
  const parent = `gpu/${gpu.index}`;
  const subject = migSubjectName(parent, instance);
  const faults = faultsOfInstance(gpu, instance);
  const all = [...faultsOfWhole(gpu), ...faults];
  const outage = outageOf(parent, gpu, all, context);
  if (outage !== undefined) {
    return { ...outage, result: withFaults(outage.result, shown(parent, faults)) };
  }
  if (gpu.snapshot === undefined) return undefined;
  const { memory } = instance;
  const limits = judgeLimits(
    { subject, sampledAtMs: gpu.snapshot.sampledAtMs, memory, holders: () => memoryHolders(gpu.inspection, instance) },
    context,
  );
  const lost = memory.ok ? undefined : codeResult(subject, memory.returnCode, "its memory");
  const results = [
    ...resultsOf(parent, all),
    ...codeFaults(parent, gpu.snapshot),
    ...(lost === undefined ? [] : [lost]),
    ...limits.results,
  ];
  const result = withFaults(worst(results, healthyResult(subject)), shown(parent, faults));
  return { result: withMeasured(result, () => measuredOfInstance(gpu, instance)), brokenSince: limits.brokenSince };
}

/** Why nothing new is known of the whole GPU; a fatal fault that explains it says so in its place, unless it hangs. */
function outageOf(
  subject: string,
  gpu: TrackedGpu,
  faults: readonly ActiveFault[],
  context: OutageContext,
): Judgement | undefined {
  const hang = stalled(subject, gpu, context);
  const late = hang ?? outdated(subject, gpu, context);
  const brokenSince = late === undefined ? context.brokenSince : { stallAfter: context.nowMs, ...context.brokenSince };
  if (hang !== undefined) return { result: hang, brokenSince };
  const noHandle = unreachable(subject, gpu);
  // A refused handle says more than old readings do, but what merely degrades must not stand for no data.
  const outage = noHandle?.status === "degraded" ? (late ?? noHandle) : (noHandle ?? late);
  if (outage === undefined) return undefined;
  return { result: worst([...resultsOf(subject, faults), outage], outage), brokenSince };
}

/**
 * The worst result. Of those that are as bad the first that is certain, since one that has to repeat must not hold it up,
 * and of those the first that no restart of a program mends; else the first; `otherwise` where there is none.
 */
const worst = (results: readonly Result[], otherwise: Result): Result =>
  results.reduce<Result | undefined>(
    (worstYet, next) => (worstYet === undefined || isWorse(next, worstYet) ? next : worstYet),
    undefined,
  ) ?? otherwise;

function isWorse(one: Result, than: Result): boolean {
  const order = compareStatus(one.status, than.status);
  if (order !== 0) return order > 0;
  if (one.immediate !== than.immediate) return one.immediate === true;
  return one.mendedByRestart === false && than.mendedByRestart !== false;
}

const withFaults = (result: Result, faults: readonly Fault[]): Result =>
  faults.length === 0 ? result : { ...result, faults };

const healthyResult = (subject: string): Result => ({
  status: "healthy",
  reason: "ok",
  message: `${subject} answers and keeps its limits`,
});
