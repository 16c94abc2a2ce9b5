import type { Answer } from "../core/check.js";
import { CheckError } from "../core/check.js";
import type { CheckReason } from "../core/check-reasons.js";
import type { Result } from "../core/result.js";
import { formatDuration } from "../core/units.js";

/** Results for runs that gave none of their own. */

/** The check rejected or threw: a {@link CheckError} with its own reason, anything else is a fault of the check. */
export function failed(error: unknown): Result {
  if (error instanceof CheckError) {
    const { reason, message, remedy } = error;
    return { status: "unhealthy", reason, message, ...(remedy === undefined ? {} : { remedy }) };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { status: "unhealthy", reason: checkFailed, message: `the check itself failed: ${message}` };
}

const checkFailed: CheckReason = "check_failed";

/** Whether an answer says itself what went wrong, as a {@link CheckError} does and a bare AbortError does not. */
export const explainsFailure = (answer: Answer): boolean =>
  "status" in answer
    ? answer.status === "unhealthy" && answer.reason !== checkFailed
    : answer.some(({ result }) => explainsFailure(result));

/** The deadline passed; the run was told to end. */
export const timedOut = (timeoutMs: number): Result<CheckReason> => ({
  status: "unhealthy",
  reason: "timeout",
  message: `no answer in ${formatDuration(timeoutMs)}`,
});

/** The run was told to end at its deadline and still has not. */
export const overdue = (elapsedMs: number): Result<CheckReason> => ({
  status: "unhealthy",
  reason: "timeout",
  message: `no answer for ${formatDuration(elapsedMs)}, and the work does not end`,
});

/** Nothing was heard of the check for so long that what it said is no data. */
export const stale = (validMs: number): Result<CheckReason> => ({
  status: "unhealthy",
  reason: "stale",
  message: `no result for ${formatDuration(validMs)}`,
  immediate: true,
});
