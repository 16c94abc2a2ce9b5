import { formatDuration } from "../core/units.js";
import type { BrokenSince } from "./limits.js";
import type { ReturnCode } from "./nvml-reading.js";
import type { Result } from "./result.js";
import { meaningOf } from "./return-codes.js";
import type { GpuSnapshot, GpuView } from "./snapshot.js";

export interface OutageContext {
  /** An NVML call that takes longer is stalled, and a snapshot that is older is no data. */
  readonly stallAfterMs: number;
  /** What the previous judgement of this GPU or instance returned; `{}` at first. */
  readonly brokenSince: BrokenSince;
  /** On the monotonic clock, as the snapshot's times are. */
  readonly nowMs: number;
}

/**
 * A driver that does not answer, or hardly. A call in flight that takes too long; where the newest reading has become too
 * old meanwhile, and that call took most of the time, the call is why: nobody should look for an overloaded machine first.
 * Once it has taken too long, a reading that was slow itself ends nothing, or each of them would for a moment.
 */
export function stalled(subject: string, { call, snapshot }: GpuView, context: OutageContext): Result | undefined {
  const { stallAfterMs, brokenSince, nowMs } = context;
  const isOutdated = snapshot !== undefined && nowMs - snapshot.sampledAtMs >= stallAfterMs;
  const elapsedMs = call === undefined ? 0 : nowMs - call.startedAtMs;
  if (call !== undefined && elapsedMs >= (isOutdated ? stallAfterMs / 2 : stallAfterMs)) {
    return hang(`${call.function} on ${subject} has not returned for ${formatDuration(elapsedMs)}: the driver hangs`);
  }
  const isSlow = snapshot !== undefined && snapshot.durationMs >= stallAfterMs / 2;
  if (!isSlow || (!isOutdated && brokenSince.stallAfter === undefined)) return undefined;
  return hang(
    `the newest reading of ${subject} took ${formatDuration(snapshot.durationMs)}: the driver hardly answers`,
  );
}

const hang = (message: string): Result => ({
  status: "unhealthy",
  reason: "nvml_stalled",
  message,
  remedy: "see dmesg for NVRM and Xid lines; if it does not return by itself, drain the node and reboot it",
  immediate: true,
  mendedByRestart: false,
});

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
  const meaning = meaningOf(returnCode);
  if (meaning.effect === "absent") return undefined;
  const { effect, reason, sentence, remedy } = meaning;
  const message = `${subject} ${sentence} (${returnCode.name} on reading ${what})`;
  if (effect === "degrades") return { status: "degraded", reason, message, remedy };
  return {
    status: "unhealthy",
    reason,
    message,
    remedy,
    ...(effect === "fails" ? { immediate: true } : {}),
    mendedByRestart: false,
  };
}
