import type { Tone } from "../../live/headline.js";

/** Signs that a terminal may or may not be able to show. */
export interface Glyphs {
  readonly marks: Readonly<Record<Tone, string>>;
  /** From nothing to full. */
  readonly levels: readonly string[];
  readonly remedy: string;
  /** Everything else must be ASCII, too. */
  readonly isAscii: boolean;
}

export const unicodeGlyphs: Glyphs = {
  marks: { healthy: "✓", degraded: "!", unhealthy: "✗", unknown: "?", draining: "↓" },
  levels: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
  remedy: "→",
  isAscii: false,
};

export const asciiGlyphs: Glyphs = {
  marks: { healthy: "+", degraded: "!", unhealthy: "x", unknown: "?", draining: "v" },
  levels: ["_", ".", ":", "-", "=", "+", "*", "#"],
  remedy: "->",
  isAscii: true,
};

/** By the locale's encoding, as libc finds it; the Linux console and `LANG=C` have few signs. */
export function glyphsFor(environment: Readonly<Record<string, string | undefined>>): Glyphs {
  const { LC_ALL, LC_CTYPE, LANG, TERM } = environment;
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== "") ?? "";
  return /utf-?8/i.test(locale) && TERM !== "linux" ? unicodeGlyphs : asciiGlyphs;
}
