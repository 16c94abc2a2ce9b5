import type { Fault, Result } from "../core/result.js";
import { compareStatus } from "../core/status.js";
import { formatDuration } from "../core/units.js";
import { faultResults, faultsOf } from "./fault-policy.js";
import { judgeLimits } from "./limit-policy.js";
import type { BrokenSince, GpuLimits } from "./limits.js";
import type { NvmlReading, ReturnCode } from "./nvml-reading.js";
import { readingsOf } from "./readings.js";
import { meaningOf } from "./return-codes.js";
import type { GpuSnapshot, GpuView } from "./snapshot.js";
import type { TrackedGpu } from "./source.js";

export interface PolicyContext {
  readonly limits: GpuLimits;
  /** An NVML call that takes longer is stalled, and a snapshot that is older is no data. */
  readonly stallAfterMs: number;
  /** What the previous judgement of this GPU returned; `{}` at first. */
  readonly brokenSince: BrokenSince;
  /** On the monotonic clock, as the snapshot's times are. */
  readonly nowMs: number;
}

export interface Judgement {
  readonly result: Result;
  readonly brokenSince: BrokenSince;
}

/**
 * The verdict on one GPU: the worst of all that is known, and of two that are as bad a hang first, then the faults in
 * its record (they name the cause), then what NVML says of the GPU, then the limits. Undefined while there is nothing to
 * judge yet: no snapshot, and none overdue.
 */
export function judge(gpu: TrackedGpu, context: PolicyContext): Judgement | undefined {
  const subject = `gpu/${gpu.index}`;
  const { brokenSince } = context;
  const faults = faultsOf(subject, gpu.record);
  const known = faultResults(subject, gpu.record);
  const hang = stalled(subject, gpu, context);
  const outage = hang ?? unreachable(subject, gpu) ?? outdated(subject, gpu, context);
  if (outage !== undefined) {
    const result = hang ?? worst([...known, outage], outage);
    return { result: withFaults(result, faults), brokenSince };
  }
  if (gpu.snapshot === undefined) return undefined;

  const limits = judgeLimits(subject, gpu.snapshot, context);
  const results = [...known, ...codeFaults(subject, gpu.snapshot), ...limits.results];
  const result = worst(results, healthyResult(subject, gpu));
  return {
    result: withFaults({ ...result, readings: readingsOf(gpu.snapshot) }, faults),
    brokenSince: limits.brokenSince,
  };
}

/** The worst result, the first of those that are as bad; `otherwise` where there is none. */
const worst = (results: readonly Result[], otherwise: Result): Result =>
  results.reduce<Result | undefined>(
    (worstYet, next) => (worstYet === undefined || compareStatus(next.status, worstYet.status) > 0 ? next : worstYet),
    undefined,
  ) ?? otherwise;

const withFaults = (result: Result, faults: readonly Fault[]): Result =>
  faults.length === 0 ? result : { ...result, faults };

function healthyResult(subject: string, gpu: GpuView): Result {
  const name = gpu.name.ok ? ` (${gpu.name.value})` : "";
  return { status: "healthy", reason: "ok", message: `${subject}${name} answers and keeps its limits` };
}

function stalled(subject: string, { call }: GpuView, { stallAfterMs, nowMs }: PolicyContext): Result | undefined {
  if (call === undefined || nowMs - call.startedAtMs < stallAfterMs) return undefined;
  const elapsed = formatDuration(nowMs - call.startedAtMs);
  return {
    status: "unhealthy",
    reason: "nvml_stalled",
    message: `${call.function} on ${subject} has not returned for ${elapsed}: the driver hangs`,
    remedy: "see dmesg for NVRM and Xid lines; if it does not return by itself, drain the node and reboot it",
    immediate: true,
  };
}

function unreachable(subject: string, { handleError }: GpuView): Result | undefined {
  return handleError === undefined ? undefined : codeResult(subject, handleError, "its handle");
}

function outdated(subject: string, { snapshot }: GpuView, { stallAfterMs, nowMs }: PolicyContext): Result | undefined {
  if (snapshot === undefined || nowMs - snapshot.sampledAtMs < stallAfterMs) return undefined;
  return {
    status: "unhealthy",
    reason: "gpu_data_stale",
    message: `the newest reading of ${subject} is ${formatDuration(nowMs - snapshot.sampledAtMs)} old`,
    remedy: "see whether the machine is overloaded or was suspended; the next reading clears this",
    immediate: true,
  };
}

/** One result for each return code in the snapshot that means a fault. */
function codeFaults(subject: string, snapshot: GpuSnapshot): Result[] {
  const readings: readonly [what: string, reading: NvmlReading<unknown>][] = [
    ["its memory", snapshot.memory],
    ["its utilization", snapshot.utilization],
    ["its temperature", snapshot.temperatureCelsius],
    ["its power", snapshot.powerWatts],
    ["its power limit", snapshot.powerLimitWatts],
    ["its graphics clock", snapshot.graphicsClockHertz],
    ["its SM clock", snapshot.smClockHertz],
    ["its memory clock", snapshot.memoryClockHertz],
  ];
  return readings.flatMap(([what, reading]) => {
    const result = reading.ok ? undefined : codeResult(subject, reading.returnCode, what);
    return result === undefined ? [] : [result];
  });
}

function codeResult(subject: string, returnCode: ReturnCode, what: string): Result | undefined {
  const { effect, reason, sentence, remedy } = meaningOf(returnCode);
  if (effect === "absent") return undefined;
  const message = `${subject} ${sentence} (${returnCode.name} on reading ${what})`;
  if (effect === "degrades") return { status: "degraded", reason, message, remedy };
  return { status: "unhealthy", reason, message, remedy, ...(effect === "fails" ? { immediate: true } : {}) };
}
