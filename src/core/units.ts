/** A value read from text, or one sentence on what is wrong with the text and how to write it. */
export type Parsed = { readonly ok: true; readonly value: number } | { readonly ok: false; readonly problem: string };

const bytesPerUnit: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

const millisecondsPerUnit: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds in `250ms`, `5s`, `1.5m`, `2h`, `1d`. */
export function parseDuration(text: string): Parsed {
  return parseQuantity(text, millisecondsPerUnit, { what: "duration", exampleUnit: "s", units: "ms, s, m, h and d" });
}

/** Bytes in `300MiB`, `2GiB` (powers of 1024) or `2GB` (powers of 1000). */
export function parseSize(text: string): Parsed {
  const units = "B, KiB, MiB, GiB and TiB (powers of 1024), kB, MB, GB and TB (powers of 1000)";
  const parsed = parseQuantity(text, bytesPerUnit, { what: "size", exampleUnit: "GiB", units });
  return parsed.ok ? { ok: true, value: Math.round(parsed.value) } : parsed;
}

/** The ratio, 0 to 1, in `90%`. */
export function parsePercent(text: string): Parsed {
  // Whoever writes 0.9 means 90%.
  const isShare = /^0?\.[0-9]+$/.test(text.trim());
  const share = `${Number((Number(text) * 100).toPrecision(6))}%`;
  if (isShare) return { ok: false, problem: `${text.trim()} has no unit: write ${share}, for instance` };
  const parsed = parseQuantity(text, { "%": 1 }, { what: "percentage", exampleUnit: "%", units: "%" });
  if (!parsed.ok) return parsed;
  if (parsed.value > 100) return { ok: false, problem: `${JSON.stringify(text)} is more than 100%` };
  return { ok: true, value: parsed.value / 100 };
}

interface Wording {
  readonly what: string;
  readonly exampleUnit: string;
  readonly units: string;
}

function parseQuantity(text: string, factors: Readonly<Record<string, number>>, wording: Wording): Parsed {
  const { what, exampleUnit, units } = wording;
  const match = /^([0-9]+(?:\.[0-9]+)?) ?([A-Za-z%]*)$/.exec(text.trim());
  const quoted = JSON.stringify(text);
  if (match === null)
    return { ok: false, problem: `${quoted} is not a ${what}: write a number and a unit, as in 5${exampleUnit}` };
  const [, digits = "", unit = ""] = match;
  if (unit === "") return { ok: false, problem: `${digits} has no unit: write ${digits}${exampleUnit}, for instance` };
  const factor = Object.hasOwn(factors, unit) ? factors[unit] : undefined;
  if (factor === undefined) {
    return { ok: false, problem: `${quoted} has the unknown unit ${JSON.stringify(unit)}: a ${what} takes ${units}` };
  }
  const value = Number(digits) * factor;
  if (value > Number.MAX_SAFE_INTEGER) return { ok: false, problem: `${quoted} is too large` };
  return { ok: true, value };
}

/**
 * `0.3 GiB`, `140.4 GiB`, `12 MiB`: powers of 1024, in the largest unit up to GiB of which there is at least a tenth, and
 * in TiB from one on, since GPU memory is known in GiB.
 */
export function formatBytes(bytes: number, decimals = 1): string {
  for (const unit of ["TiB", "GiB", "MiB", "KiB"]) {
    const value = bytes / (bytesPerUnit[unit] ?? 1);
    if (Math.abs(value) >= (unit === "TiB" ? 1 : 0.1)) return `${trimmed(value, decimals)} ${unit}`;
  }
  return `${trimmed(bytes, 0)} B`;
}

/** `250 ms`, `2 s`, `90 s`, `5 min`, `3 h`, `14 days`. */
export function formatDuration(milliseconds: number, decimals = 1): string {
  const size = Math.abs(milliseconds);
  if (size < 1000) return `${trimmed(milliseconds, decimals)} ms`;
  if (size < 120_000) return `${trimmed(milliseconds / 1000, decimals)} s`;
  if (size < 7_200_000) return `${trimmed(milliseconds / 60_000, decimals)} min`;
  if (size < 172_800_000) return `${trimmed(milliseconds / 3_600_000, decimals)} h`;
  return `${trimmed(milliseconds / 86_400_000, decimals)} days`;
}

/** `90 %` for the ratio 0.9. */
export function formatPercent(ratio: number, decimals = 1): string {
  return `${trimmed(ratio * 100, decimals)} %`;
}

/**
 * A value and its limit as texts that differ where the numbers do, so that no message says «2 GiB free, 2 GiB needed»:
 * as many decimals as that takes, three more at most.
 */
export function formatAgainst(
  value: number,
  limit: number,
  format: (value: number, decimals: number) => string,
): readonly [value: string, limit: string] {
  let decimals = 1;
  while (value !== limit && decimals < 4 && format(value, decimals) === format(limit, decimals)) decimals += 1;
  return [format(value, decimals), format(limit, decimals)];
}

const trimmed = (value: number, decimals: number): string => String(Number(value.toFixed(decimals)));
