import type { AlertTarget } from "../../core/alerting.js";
import type { Clock } from "../../core/clock.js";
import { formatOf } from "./formats/formats.js";
import type { Format, Message } from "./formats/message.js";
import type { Outcome } from "./outcome.js";
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

/** The target with the contents of files in place of `file:/PATH`; read anew each time, since they may be replaced. */
async function withResolved(target: AlertTarget, resolve: (text: string) => Promise<string>): Promise<AlertTarget> {
  const resolvedEntries = async (mapping: object): Promise<Record<string, unknown>> =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(mapping).map(async ([key, value]: [string, unknown]) => [
          key,
          typeof value === "string"
            ? await resolve(value)
            : typeof value === "object" && value !== null
              ? await resolvedEntries(value)
              : value,
        ]),
      ),
    );
  // Texts stay texts and mappings of texts stay such.
  return (await resolvedEntries(target)) as unknown as AlertTarget;
}

/** What of a target an error may not show: secrets, the values of headers, and all of a URL behind its host. */
function secretTexts(target: AlertTarget): readonly string[] {
  const { type: _, url, ...rest } = target;
  const texts = Object.entries(rest).flatMap(([key, value]: [string, unknown]) =>
    key === "labels" ? [] : typeof value === "string" ? [value] : Object.values(value ?? {}).map(String),
  );
  // `Bearer TOKEN` has its secret after the space; where the content of a file is, is none.
  const words = [...texts, ...partsOf(url)].flatMap((text) => [text, ...text.split(/\s+/)]);
  return words.filter((word) => word.length >= shortestSecret && !/(^|\s)file:\//.test(word));
}

/** What is shorter stands in sentences by chance. */
const shortestSecret = 6;

function partsOf(url: string): readonly string[] {
  if (!URL.canParse(url) || url.startsWith("file:")) return [url];
  const { pathname, search, password, searchParams } = new URL(url);
  return [url, pathname, search, password, ...searchParams.values(), ...pathname.split("/")];
}
