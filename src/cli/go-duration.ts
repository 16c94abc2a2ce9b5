import { InvalidArgumentError } from "commander";

const millisecondsPerUnit: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const part = /([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)/y;

/** Milliseconds in a duration as Go writes it: `1s`, `500ms`, `1m30s`, `-2s`, `0`. Undefined where it is none. */
export function parseGoDuration(text: string): number | undefined {
  const [, sign, digits] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (digits === undefined || digits === "") return undefined;
  if (digits === "0") return 0;
  let milliseconds = 0;
  part.lastIndex = 0;
  while (part.lastIndex < digits.length) {
    const [, count, unit = ""] = part.exec(digits) ?? [];
    if (count === undefined) return undefined;
    milliseconds += Number(count) * (millisecondsPerUnit[unit] ?? Number.NaN);
  }
  return sign === "-" ? -milliseconds : milliseconds;
}

/** For commander: milliseconds in a duration as {@link parseGoDuration} reads it. Throws where it is none, or zero. */
export function positiveDuration(text: string): number {
  const milliseconds = parseGoDuration(text);
  if (milliseconds === undefined) throw new InvalidArgumentError("write a duration, such as 1s, 500ms or 1m30s.");
  if (milliseconds <= 0) throw new InvalidArgumentError("it must be more than zero.");
  return milliseconds;
}
