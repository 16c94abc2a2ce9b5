import { retryAfterMs } from "../../core/retry.js";
import type { Answer } from "./transport.js";

/** What became of a request. */
export type Outcome =
  | { readonly kind: "accepted" }
  /** Trying again would end the same way. */
  | { readonly kind: "refused"; readonly message: string }
  /** Try again: after `waitMs` where the receiver says when. */
  | { readonly kind: "unavailable"; readonly message: string; readonly waitMs?: number };

/** 2xx is taken; 408, 429 and 5xx are for later; all else is refused for good. */
export function outcomeOfStatus(answer: Answer, wallMs: number): Outcome {
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: "accepted" };
  const message = `it answered ${status}${said(answer)}`;
  if (status !== 408 && status !== 429 && status < 500) return { kind: "refused", message };
  const waitMs = retryAfterMs(answer.headers["retry-after"], wallMs);
  return { kind: "unavailable", message, ...(waitMs === undefined ? {} : { waitMs }) };
}

/**
 * For receivers that answer 200 and say in the body what they think: `field` is 0 where all is well. `busyCodes` are those
 * for too many requests.
 */
export function outcomeOfCode(answer: Answer, wallMs: number, field: string, busyCodes: readonly number[]): Outcome {
  const outcome = outcomeOfStatus(answer, wallMs);
  if (outcome.kind !== "accepted") return outcome;
  const code = numberIn(answer.body, field);
  if (code === 0) return outcome;
  if (code === undefined)
    return { kind: "refused", message: `it answered ${answer.status} without ${field}${said(answer)}` };
  const message = `it answered ${field} ${code}${said(answer)}`;
  return busyCodes.includes(code) ? { kind: "unavailable", message, waitMs: busyWaitMs } : { kind: "refused", message };
}

/** Their limits count by the minute. */
const busyWaitMs = 60_000;

function numberIn(body: string, field: string): number | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== "object" || parsed === null) return undefined;
    const value: unknown = (parsed as Readonly<Record<string, unknown>>)[field];
    return typeof value === "number" ? value : undefined;
  } catch {
    return undefined;
  }
}

const said = ({ body }: Answer): string => {
  const text = body.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return text === "" ? "" : `: ${text.length > 200 ? `${text.slice(0, 200)}…` : text}`;
};
