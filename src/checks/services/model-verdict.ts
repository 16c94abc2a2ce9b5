import { formatDuration } from "../../core/units.js";
import type { Asked } from "../common/http-api.js";
import type { CheckError, Result } from "../result.js";
import type { Progress } from "./model-progress.js";
import type { Wanted } from "./model-server.js";

/** A result before its readings. */
export type Finding = Pick<Result, "status" | "reason" | "message" | "remedy">;

/** What a server that is in order is said to do. */
export function served(title: string, { model, version }: Wanted, progress: Progress | undefined): Finding {
  const name = model === undefined ? "" : ` with ${model}${version === undefined ? "" : ` version ${version}`}`;
  const work = progress?.hasAdvanced ? " and makes progress" : "";
  return { status: "healthy", reason: "ok", message: `${title} is ready${name}${work}` };
}

export function notReady(title: string, { where, response }: Asked): Finding {
  return {
    status: "unhealthy",
    reason: "not_ready",
    message: `${where} answered ${response.status}, so ${title} is not ready${response.said === "" ? "" : `: ${response.said}`}`,
    remedy: "see whether it is still loading, and what its log says",
  };
}

/** Requests in hand and no progress for too long; undefined where that is not so. */
export function stuck(
  title: string,
  { stuckAfter }: { readonly stuckAfter: number },
  progress: Progress | undefined,
): Finding | undefined {
  if (progress === undefined || !progress.inHand || progress.quietMs < stuckAfter) return undefined;
  const [quiet, allowed] = [formatDuration(progress.quietMs), formatDuration(stuckAfter)];
  return {
    status: "unhealthy",
    reason: "stuck",
    message: `${title} has ${progress.inHand} requests, and its counters have not moved for ${quiet} (${allowed} allowed)`,
    remedy: "look at its log and at the GPU (gpu-health gpus), then start it anew",
  };
}

/** It did not answer in time, but it works. */
export const busy = (title: string, late: CheckError): Finding => ({
  status: "degraded",
  reason: "busy",
  message: `${late.message}, but ${title} makes progress: busy, not dead`,
  remedy: "see whether it has more requests than it can serve in time, or allow more time",
});

/** What a canary that was not answered in time comes to. */
export function canaryLate(
  late: CheckError,
  seen: {
    readonly title: string;
    readonly before: Progress | undefined;
    readonly after: Progress | undefined;
    /** The canary before this one was not answered either, and nothing was done since. */
    readonly isSuspect: boolean;
  },
): Finding {
  const { title, before, after, isSuspect } = seen;
  if (after?.hasAdvanced) return busy(title, late);
  if (before?.inHand && !isSuspect) {
    const message = `${late.message}, but ${title} has had requests of others (${before.inHand}) for ${formatDuration(before.quietMs)} only`;
    return {
      status: "degraded",
      reason: "busy",
      message,
      remedy: "nothing yet: it is stuck if none of them is served",
    };
  }
  const message = `${late.message}, and ${title} ${after === undefined ? "shows no metrics of progress" : "makes no progress"}`;
  return {
    status: "unhealthy",
    reason: "canary_timeout",
    message,
    remedy: "look at its log and at the GPU (gpu-health gpus): it takes requests and does not serve them",
  };
}
