import { distance } from "fastest-levenshtein";
import { z } from "zod";
import { type Address, parseAddress } from "../core/address.js";
import type { Amount, Sustained } from "../core/limit.js";
import { parseNetwork } from "../core/networks.js";
import { formatDuration, formatPercent, type Parsed, parseDuration, parsePercent, parseSize } from "../core/units.js";

/** A day: no timer here needs longer, and one of Node's that overflows (after 24.8 days) fires at once. */
const dayMs = 86_400_000;

/** A duration with its unit (`250ms`, `5s`), a day at most where nothing is said; gives milliseconds. */
export function duration({ atLeastMs = 0, atMostMs = dayMs }: { atLeastMs?: number; atMostMs?: number } = {}) {
  return quantity("duration", parseDuration, (milliseconds) => {
    if (milliseconds < atLeastMs) return `must be at least ${formatDuration(atLeastMs)}`;
    return milliseconds > atMostMs ? `must be at most ${formatDuration(atMostMs)}` : undefined;
  });
}

/** A size with its unit (`300MiB`, `2GiB`); gives bytes. */
export const size = () => quantity("size", parseSize);

/** A percentage (`90%`); gives a ratio, 0 to 1. */
export function percent({ atMostRatio = 1 }: { atMostRatio?: number } = {}) {
  return quantity("percentage", parsePercent, (ratio) =>
    ratio > atMostRatio ? `must be at most ${formatPercent(atMostRatio)}` : undefined,
  );
}

/** A size (`2GiB`) or a percentage of the whole (`10%`). */
export function amount() {
  return z
    .unknown()
    .transform((given, context): Amount => {
      if (typeof given === "string" && given.trim().endsWith("%")) {
        return { kind: "ratio", ratio: parseOrReport(given, "percentage", parsePercent, context) };
      }
      return { kind: "bytes", bytes: parseOrReport(given, "size or percentage", parseSize, context) };
    })
    .meta({ kind: "size or percentage" });
}

/** A limit (`95%`), or a limit with the time for which it must be broken (`{ limit: 95%, for: 5m }`). */
export function sustained<Limit>(limit: z.ZodType<Limit>) {
  const withTime = mapping({ limit, for: duration() });
  return z
    .unknown()
    .transform((given, context): Sustained<Limit> => {
      const isMapping = typeof given === "object" && given !== null && !Array.isArray(given);
      const parsed = isMapping
        ? withTime.transform((value) => ({ limit: value.limit, forMs: value.for })).safeParse(given)
        : limit.transform((value) => ({ limit: value, forMs: 0 })).safeParse(given);
      if (parsed.success) return parsed.data;
      for (const issue of parsed.error.issues) context.issues.push({ ...issue } as z.core.$ZodRawIssue);
      return z.NEVER;
    })
    .meta({ kind: `${z.globalRegistry.get(limit)?.kind ?? "limit"}, or { limit, for }` });
}

/** A path from the root on: a relative one would depend on where the server was started. */
export const absolutePath = () =>
  z
    .string()
    .regex(/^\/[^\0]*$/, { error: "expected an absolute path, one that starts with /" })
    .meta({ kind: "path" });

/** What a program can be given: neither its arguments nor its environment can hold a zero byte. */
export const programText = () => z.string().regex(/^[^\0]*$/, { error: "must not hold a zero byte" });

/** Variables to add to a program's environment; none where nothing is said. */
export const environmentVariables = () =>
  z
    .record(z.string().regex(/^[^=\0]+$/, { error: "is no name of an environment variable" }), programText())
    .default({});

/** `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`, for a client to connect to; gives the address. */
export function remoteAddress() {
  return z
    .string()
    .transform((text, context): Address => {
      const parsed = parseAddress(text);
      if (!parsed.ok) return report(context, parsed.problem, text);
      const { address } = parsed;
      return address.kind === "tcp" && address.port === 0
        ? report(context, "port 0 cannot be connected to", text)
        : address;
    })
    .meta({ kind: "address" });
}

/** An address or a network in CIDR notation. */
export const network = () =>
  z
    .string()
    .superRefine((text, context) => {
      const parsed = parseNetwork(text);
      if (!parsed.ok) context.addIssue({ code: "custom", message: parsed.problem, input: text });
    })
    .meta({ kind: "network" });

/**
 * A mapping with these keys and no others. The message for unknown keys has one line for each, in the order of the
 * issue's `keys`, and names the nearest known one.
 */
export function mapping<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? (issue.keys as string[]).map((key) => unknownWord("key", key, Object.keys(shape))).join("\n")
        : undefined,
  });
}

/** One sentence about a word that is not among the known ones, with the nearest of them when it is near enough. */
export function unknownWord(what: string, word: string, known: readonly string[]): string {
  const [nearest] = (known.length > comparedWords ? [] : known)
    .map((candidate) => ({ candidate, edits: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    // As many edits as letters would make any word of it.
    .filter(
      ({ candidate, edits }) => edits <= Math.max(2, Math.floor(candidate.length / 3)) && edits < candidate.length,
    )
    .sort((a, b) => a.edits - b.edits || lettersIn(b.candidate, word) - lettersIn(a.candidate, word));
  if (nearest !== undefined) return `unknown ${what} ${JSON.stringify(word)}: did you mean ${nearest.candidate}?`;
  const others = known.length > shownWords ? ` and ${known.length - shownWords} more` : "";
  return `unknown ${what} ${JSON.stringify(word)}: known are ${known.slice(0, shownWords).join(", ")}${others}`;
}

/** Of more it takes too long to find the nearest, for thousands of words that are wrong: what runs waits for a reload. */
const comparedWords = 1000;

/** Of thousands of checks nobody reads the names; of check types all are shown. */
const shownWords = 30;

/** How many letters of `candidate` are in `word`: two letters that changed places are as far away as two other ones. */
const lettersIn = (candidate: string, word: string): number =>
  [...candidate].filter((letter) => word.toLowerCase().includes(letter.toLowerCase())).length;

function quantity(
  kind: string,
  parse: (text: string) => Parsed,
  problemWith: (value: number) => string | undefined = () => undefined,
) {
  return z
    .unknown()
    .transform((given, context): number => {
      const value = parseOrReport(given, kind, parse, context);
      const problem = problemWith(value);
      if (problem !== undefined) context.issues.push({ code: "custom", message: problem, input: given });
      return value;
    })
    .meta({ kind });
}

function parseOrReport(
  given: unknown,
  kind: string,
  parse: (text: string) => Parsed,
  context: z.core.$RefinementCtx,
): number {
  const isText = typeof given === "string" || typeof given === "number";
  const problem = given === undefined ? `missing: expected a ${kind}` : `expected a ${kind}`;
  const parsed: Parsed = isText ? parse(String(given)) : { ok: false, problem };
  return parsed.ok ? parsed.value : report(context, parsed.problem, given);
}

function report(context: z.core.$RefinementCtx, message: string, input: unknown): never {
  context.issues.push({ code: "custom", message, input });
  return z.NEVER;
}
