import type { Result } from "./result.js";
import { compareStatus, type Verdict } from "./status.js";

/** How many answers in a row it takes to change a check's status. */
export interface Thresholds {
  readonly failureThreshold: number;
  readonly successThreshold: number;
}

/** Answers in a row that all point the same way from the present status. */
interface Streak {
  readonly direction: "worse" | "better";
  readonly length: number;
  /** The member nearest to the present status: what the whole streak agrees on. */
  readonly nearest: Result;
}

/** What is known of one check (or one of its subjects), with hysteresis applied. */
export interface CheckState {
  readonly status: Verdict;
  /** The result that explains `status`: the newest one that agrees with it. */
  readonly reported: Result;
  /** The newest result, which may not have reached its threshold yet. */
  readonly latest: Result;
  /** When `status` last changed, on the monotonic clock, in milliseconds. */
  readonly sinceMs: number;
  /** When the evidence of `latest` was taken, on the monotonic clock, in milliseconds. */
  readonly observedAtMs: number;
  /** How many unhealthy answers in a row `latest` is the last of, whatever the thresholds; 0 when it is none. */
  readonly consecutiveFailures: number;
  readonly streak?: Streak;
}

/**
 * The state after one more result. The first answer decides at once (before it the status is unknown, which serves
 * nobody). After that, `failureThreshold` worse answers in a row make it worse, `successThreshold` better ones make it
 * better, and the status moves only as far as every answer of the streak agrees: one unhealthy answer among degraded
 * ones does not make unhealthy. A result marked `immediate` needs no threshold. The same verdict on the same evidence
 * (`observedAtMs`) does not count again.
 */
export function nextCheckState(
  previous: CheckState | undefined,
  result: Result,
  thresholds: Thresholds,
  observedAtMs: number,
): CheckState {
  const consecutiveFailures = failuresAfter(previous, result, observedAtMs);
  const entered = (reported: Result, sinceMs = observedAtMs): CheckState => ({
    status: reported.status,
    reported,
    latest: result,
    sinceMs,
    observedAtMs,
    consecutiveFailures,
  });
  if (previous === undefined) return entered(result);
  const { status, reported, sinceMs } = previous;
  const order = compareStatus(result.status, status);
  if (order === 0) return entered(result, sinceMs);
  if (result.immediate) return entered(result);

  if (observedAtMs === previous.observedAtMs && result.status === previous.latest.status) {
    return { ...previous, latest: result, consecutiveFailures };
  }
  const streak = extend(previous.streak, order > 0 ? "worse" : "better", result);
  const needed = streak.direction === "worse" ? thresholds.failureThreshold : thresholds.successThreshold;
  if (streak.length >= needed) return entered(streak.nearest);
  return { status, reported, latest: result, sinceMs, observedAtMs, consecutiveFailures, streak };
}

function failuresAfter(previous: CheckState | undefined, { status }: Result, observedAtMs: number): number {
  if (status !== "unhealthy") return 0;
  if (previous?.latest.status !== "unhealthy") return 1;
  return observedAtMs === previous.observedAtMs ? previous.consecutiveFailures : previous.consecutiveFailures + 1;
}

function extend(streak: Streak | undefined, direction: Streak["direction"], result: Result): Streak {
  if (streak?.direction !== direction) return { direction, length: 1, nearest: result };
  const step = compareStatus(result.status, streak.nearest.status);
  const isNearer = direction === "worse" ? step <= 0 : step >= 0;
  return { direction, length: streak.length + 1, nearest: isNearer ? result : streak.nearest };
}
