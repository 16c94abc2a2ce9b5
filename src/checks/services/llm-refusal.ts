import { formatDuration } from "../../core/units.js";
import type { JsonResponse } from "../common/json-request.js";
import type { Reason } from "../reasons.js";
import type { Result } from "../result.js";
import { type ApiError, readError } from "./llm-api.js";

/** What an answer that is not 2xx comes to. */
export interface Refusal extends Pick<Result, "status" | "reason" | "message" | "remedy"> {
  /** How long the server asks to be left alone, in milliseconds. */
  readonly retryAfterMs?: number;
}

/** `where`: the URL that was asked. `model`: the one that was asked for, where one was. */
export function judgeRefusal(response: JsonResponse, where: string, model: string | undefined): Refusal {
  const error = readError(response.json);
  const said = error.message === "" ? response.said : error.message;
  const found = classify(response.status, error, model);
  const retryAfterMs = readRetryAfter(response.headers["retry-after"]);
  const wait = retryAfterMs === undefined ? "" : ` (try again in ${formatDuration(retryAfterMs)})`;
  return {
    status: found.status ?? "unhealthy",
    reason: found.reason,
    message: `${where} answered ${response.status}, ${found.what}${wait}${said === "" ? "" : `: ${said}`}`,
    ...(found.remedy === undefined ? {} : { remedy: found.remedy }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

interface Class {
  readonly status?: "degraded";
  readonly reason: Reason;
  readonly what: string;
  readonly remedy?: string;
}

/** Statuses and codes as OpenAI's «Error codes» has them; 402 is what resellers answer when a balance is used up. */
function classify(status: number, { code, type, message }: ApiError, model: string | undefined): Class {
  const isQuota = code === "insufficient_quota" || type === "insufficient_quota" || status === 402;
  if (isQuota) {
    return {
      reason: "quota_exceeded",
      what: "the quota is used up",
      remedy: "look at the plan, the balance and the spending limit of the account that the key belongs to",
    };
  }
  switch (status) {
    case 401:
      return {
        reason: "authentication_failed",
        what: "the key is not accepted",
        remedy: "see whether `auth.bearer` is right",
      };
    case 403:
      return {
        reason: "permission_denied",
        what: "the key does not allow this",
        remedy: "see which models and addresses the key may be used for",
      };
    case 429:
      return {
        status: "degraded",
        reason: "rate_limited",
        what: "too many requests at the moment: busy, not dead",
        remedy: "see who else uses the key, or raise its limit",
      };
    default:
      break;
  }
  if (code === "context_length_exceeded" || /maximum context length/i.test(message)) {
    return {
      reason: "context_length_exceeded",
      what: "the prompt is longer than the context",
      remedy: "give a shorter `prompt`, or the model a larger context",
    };
  }
  if (model !== undefined && isAboutModel(status, code, message)) {
    return {
      reason: "model_not_found",
      what: `there is no model ${model}`,
      remedy: "see which models the server lists, and whether the key may use this one",
    };
  }
  if (status >= 500) return { reason: "server_error", what: "an error of the server" };
  return { reason: "request_refused", what: "it does not take the request" };
}

const isAboutModel = (status: number, code: string, message: string): boolean =>
  code === "model_not_found" ||
  (status === 404 && /\bmodel\b/i.test(message)) ||
  (status === 400 && /\bmodel\b.*\b(does not exist|not found)\b/i.test(message));

/** Seconds, as every server of this API sends it; the form with a date is not worth a clock of its own. */
function readRetryAfter(header: string | undefined): number | undefined {
  const seconds = /^\d+(\.\d+)?$/.test(header ?? "") ? Number(header) : undefined;
  return seconds === undefined ? undefined : seconds * 1000;
}
