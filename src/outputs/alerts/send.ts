import type { AlertTarget } from "../../core/alerting.js";
import type { Clock } from "../../core/clock.js";
import { formatOf } from "./formats/formats.js";
import type { Format, Message } from "./formats/message.js";
import type { Outcome } from "./outcome.js";
import { secretTexts, withResolved } from "./target-secrets.js";
import type { AlertTransport } from "./transport.js";

/** Says `messages` in one request. Never rejects; no message of the outcome holds a secret of the target. */
export async function send(
  messages: readonly [Message, ...Message[]],
  target: AlertTarget,
  transport: AlertTransport,
  clock: Clock,
  signal: AbortSignal,
): Promise<Outcome> {
  const known = new Set(secretTexts(target));
  try {
    const resolved = await withResolved(target, (text) => transport.resolve(text, signal));
    for (const text of secretTexts(resolved)) known.add(text);
    const format: Format<AlertTarget> = formatOf(resolved.type);
    const answer = await transport.post(format.request(messages, resolved, { wallMs: clock.wallMs() }), signal);
    return discreet(format.outcome(answer, { wallMs: clock.wallMs() }), transport, known);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return discreet({ kind: "unavailable", message }, transport, known);
  }
}

function discreet(outcome: Outcome, transport: AlertTransport, secrets: ReadonlySet<string>): Outcome {
  if (outcome.kind === "accepted") return outcome;
  return { ...outcome, message: transport.withoutSecrets(outcome.message, [...secrets]) };
}
