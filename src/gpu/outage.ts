import type { Result } from "../core/result.js";
import { formatDuration } from "../core/units.js";
import type { ReturnCode } from "./nvml-reading.js";
import { meaningOf } from "./return-codes.js";
import type { GpuSnapshot, GpuView } from "./snapshot.js";

export interface OutageContext {
  /** An NVML call that takes longer is stalled, and a snapshot that is older is no data. */
  readonly stallAfterMs: number;
  /** On the monotonic clock, as the snapshot's times are. */
  readonly nowMs: number;
}

/**
 * A call into the driver that does not return. Where the newest reading has become too old meanwhile, and that call took
 * most of the time, the call is why: nobody should look for an overloaded machine first.
 */
export function stalled(
  subject: string,
  { call, snapshot }: GpuView,
  { stallAfterMs, nowMs }: OutageContext,
): Result | undefined {
  if (call === undefined) return undefined;
  const elapsedMs = nowMs - call.startedAtMs;
  const isOutdated = snapshot !== undefined && nowMs - snapshot.sampledAtMs >= stallAfterMs;
  if (elapsedMs < (isOutdated ? stallAfterMs / 2 : stallAfterMs)) return undefined;
  const elapsed = formatDuration(elapsedMs);
  return {
    status: "unhealthy",
    reason: "nvml_stalled",
    message: `${call.function} on ${subject} has not returned for ${elapsed}: the driver hangs`,
    remedy: "see dmesg for NVRM and Xid lines; if it does not return by itself, drain the node and reboot it",
    immediate: true,
  };
}

/** NVML gives no handle. */
export function unreachable(subject: string, { handleError }: GpuView): Result | undefined {
  return handleError === undefined ? undefined : codeResult(subject, handleError, "its handle");
}

/** The newest snapshot is so old that it is no data. */
export function outdated(
  subject: string,
  { snapshot }: GpuView,
  { stallAfterMs, nowMs }: OutageContext,
): Result | undefined {
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
export const codeFaults = (subject: string, snapshot: GpuSnapshot): Result[] =>
  sampled.flatMap(({ what, from }) => {
    const reading = snapshot[from];
    const result = reading.ok ? undefined : codeResult(subject, reading.returnCode, what);
    return result === undefined ? [] : [result];
  });

const sampled = [
  { what: "its memory", from: "memory" },
  { what: "its utilization", from: "utilization" },
  { what: "its temperature", from: "temperatureCelsius" },
  { what: "its power", from: "powerWatts" },
  { what: "its power limit", from: "powerLimitWatts" },
  { what: "its graphics clock", from: "graphicsClockHertz" },
  { what: "its SM clock", from: "smClockHertz" },
  { what: "its memory clock", from: "memoryClockHertz" },
] as const;

/** What a return code means for the GPU; undefined where it means that a value is absent. */
export function codeResult(subject: string, returnCode: ReturnCode, what: string): Result | undefined {
  const { effect, reason, sentence, remedy } = meaningOf(returnCode);
  if (effect === "absent") return undefined;
  const message = `${subject} ${sentence} (${returnCode.name} on reading ${what})`;
  if (effect === "degrades") return { status: "degraded", reason, message, remedy };
  return { status: "unhealthy", reason, message, remedy, ...(effect === "fails" ? { immediate: true } : {}) };
}
