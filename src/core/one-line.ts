import { stripVTControlCharacters } from "node:util";

/**
 * What a program or a server said, fit for a message, a log line and a terminal: one line, no control characters, at
 * most `maxLength` characters. Empty where nothing was said.
 */
export function oneLine(text: string, maxLength: number): string {
  const line = stripVTControlCharacters(text)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, " ")
    .replaceAll(/ {2,}/g, " ")
    .trim();
  return shortened(line, maxLength);
}

/** The text in at most `maxLength` characters as people count them: between UTF-16 units, half of one would be left. */
export function shortened(text: string, maxLength: number): string {
  const characters = text.length <= maxLength ? [] : Array.from(text);
  return characters.length <= maxLength ? text : `${characters.slice(0, maxLength - 1).join("")}…`;
}

/** Characters that a terminal acts on, and those that show a line in another order than it is in (Unicode's UAX 9). */
export const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;
