import type { AlertTarget } from "../../../core/alerting.js";
import type { Problem } from "../../../core/problem.js";
import type { NoticeKind } from "../decision.js";
import type { Outcome } from "../outcome.js";
import type { AlertRequest, Answer } from "../transport.js";

/** All that a format may say. */
export interface Message extends Problem {
  readonly kind: NoticeKind;
  /** The same through every attempt. */
  readonly id: string;
  readonly host: string;
}

/** When a request is made, in milliseconds since 1970: signatures hold it. */
export interface Moment {
  readonly wallMs: number;
}

/** One kind of receiver: pure functions from messages to a request, and from its answer to what became of it. */
export interface Format<Target extends AlertTarget> {
  /** Messages in one request, at most. */
  readonly batch: number;
  /** Requests in a minute, at most, as the receiver documents it. */
  readonly perMinute: number;
  request(messages: readonly [Message, ...Message[]], target: Target, moment: Moment): AlertRequest;
  outcome(answer: Answer, moment: Moment): Outcome;
}

/** The target of one type. */
export type TargetOf<Type extends AlertTarget["type"]> = Extract<AlertTarget, { readonly type: Type }>;

export const jsonHeaders = { "content-type": "application/json; charset=utf-8" };

export const iso = (wallMs: number): string => new Date(wallMs).toISOString();

/** One line: `unhealthy: inference on node-1: connection_refused`. */
export function titleOf({ kind, status, component, host, reason }: Message): string {
  if (kind === "resolved") return clean(`resolved: ${component} on ${host}: ${reason}`);
  return clean(`${status}${kind === "repeated" ? " still" : ""}: ${component} on ${host}: ${reason}`);
}

/** What there is to say below the title, one fact a line. */
export function linesOf(message: Message): readonly string[] {
  const { check, components, sinceWallMs, remedy, runbook, description, faults, consequences } = message;
  return [
    message.message,
    ...faults.map(({ fault, message }) => `also ${fault}: ${message}`),
    ...(description === undefined ? [] : [`what it is: ${description}`]),
    `check: ${check}`,
    `components: ${components.map((name) => (name === "" ? '""' : name)).join(", ")}`,
    ...(consequences.length === 0 ? [] : [`fails because of it: ${consequences.join(", ")}`]),
    `since: ${iso(sinceWallMs)}`,
    ...(message.kind === "resolved" || remedy === undefined ? [] : [`remedy: ${remedy}`]),
    ...(runbook === undefined ? [] : [`runbook: ${runbook}`]),
    `host: ${message.host}`,
  ].map(clean);
}

/** What servers answer is part of messages: no control characters, and none that turn the direction of text. */
const clean = (text: string): string => text.replaceAll(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, " ");

/** The text in at most so many bytes of UTF-8, without half a character at the end. */
export function cutBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length <= maxBytes) return text;
  const ellipsis = "…";
  let end = maxBytes - Buffer.byteLength(ellipsis);
  // Bytes 10xxxxxx go on with a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.subarray(0, end).toString("utf8")}${ellipsis}`;
}
