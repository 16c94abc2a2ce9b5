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
  const characters = Array.from(line);
  return characters.length <= maxLength ? line : `${characters.slice(0, maxLength - 1).join("")}…`;
}
