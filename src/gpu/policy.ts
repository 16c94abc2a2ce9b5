import type { Result } from "../core/result.js";
import { compareStatus } from "../core/status.js";
import { formatDuration } from "../core/units.js";
import { judgeLimits } from "./limit-policy.js";
import type { BrokenSince, GpuLimits } from "./limits.js";
import { readingsOf } from "./readings.js";
import { meaningOf } from "./return-codes.js";
import type { GpuSnapshot, GpuView, NvmlReading, ReturnCode } from "./snapshot.js";

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
 * The verdict on one GPU: a hang first, then what NVML says of the GPU, then the limits. Undefined while there is
 * nothing to judge yet: no snapshot, and none overdue.
 */
export function judge(gpu: GpuView, context: PolicyContext): Judgement | undefined {
  const subject = `gpu/${gpu.index}`;
  const { brokenSince } = context;
  const outage = stalled(subject, gpu, context) ?? unreachable(subject, gpu) ?? outdated(subject, gpu, context);
  if (outage !== undefined) return { result: outage, brokenSince };
  if (gpu.snapshot === undefined) return undefined;

  const limits = judgeLimits(subject, gpu.snapshot, context);
  const result = [...codeFaults(subject, gpu.snapshot), ...limits.results].reduce(
    (worst, next) => (compareStatus(next.status, worst.status) > 0 ? next : worst),
    healthyResult(subject, gpu),
  );
  return { result: { ...result, readings: readingsOf(gpu.snapshot) }, brokenSince: limits.brokenSince };
}

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
