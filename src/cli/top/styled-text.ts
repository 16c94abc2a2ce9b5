import { unprintable } from "../../core/one-line.js";

/** How a piece of text looks; colours are those of the terminal's own theme. */
export type Style = "plain" | "dim" | "bold" | "healthy" | "degraded" | "unhealthy" | "unknown" | "draining" | "lost";

/** A piece of a line, in one style. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Span[];

/**
 * A piece of a line. What others wrote must not move the cursor or turn the line round: control characters and marks of
 * direction are shown as `·`.
 */
export const span = (text: string, style: Style = "plain"): Span => ({
  text: text.replaceAll(unprintable, "·"),
  style,
});

/** Of the terminal's parameters for «select graphic rendition» (ECMA-48). */
const parameters: Readonly<Record<Style, string>> = {
  plain: "",
  dim: "2",
  bold: "1",
  healthy: "32",
  degraded: "33",
  unhealthy: "1;31",
  unknown: "36",
  draining: "1;34",
  lost: "1;7;31",
};

/** What a terminal can show. */
export interface Abilities {
  readonly isStyled: boolean;
  readonly isAscii: boolean;
}

/** The line as a terminal takes it, no wider than `columns`; what is cut off ends in `…`. */
export function printed(line: Line, columns: number, { isStyled, isAscii }: Abilities): string {
  let left = columns;
  let text = "";
  for (const each of line) {
    if (left <= 0) break;
    const cut = cutTo(each.text, left);
    left -= widthOf(cut);
    const shown = isAscii ? asciiOf(cut) : cut;
    const parameter = parameters[each.style];
    text += isStyled && parameter !== "" ? `\u001b[${parameter}m${shown}\u001b[0m` : shown;
  }
  return text;
}

/**
 * The text without what a terminal of another encoding would take for something else: a byte of a character in UTF-8 can be
 * a control character there. As wide as before, or narrower.
 */
const asciiOf = (text: string): string =>
  text
    .replaceAll("…", "~")
    .replaceAll("°", "")
    .replaceAll("·", ".")
    .replaceAll(/[^ -~]/gu, (character) => "?".repeat(widthOf(character)));

/** The text in at most so many columns. */
export function cutTo(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let width = 0;
  let shown = "";
  for (const character of text) {
    width += widthOf(character);
    if (width >= columns) break;
    shown += character;
  }
  return `${shown}…`;
}

export const widthOfLine = (line: Line): number => line.reduce((width, { text }) => width + widthOf(text), 0);

/** Columns that a text takes: two for each wide character of East Asia and each emoji, none for what combines. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += isCombining.test(character) ? 0 : isWide.test(character) ? 2 : 1;
  return width;
}

const isCombining = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const isWide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

export const padEnd = (text: string, columns: number): string =>
  text + " ".repeat(Math.max(0, columns - widthOf(text)));

export const padStart = (text: string, columns: number): string =>
  " ".repeat(Math.max(0, columns - widthOf(text))) + text;

const indent = span("  ");

/** A text after its beginning, in as many lines as it takes; the lines that follow are indented. */
export function paragraph(beginning: Line, text: string, columns: number, style: Style = "plain"): readonly Line[] {
  const lines: Line[] = [];
  let current = [...beginning];
  let words = "";
  for (const word of text.split(" ")) {
    const longer = words === "" ? word : `${words} ${word}`;
    const hasRoom = widthOfLine(current) + widthOf(longer) <= columns;
    // A word that would have no more room in the next line is cut where it is.
    if (!hasRoom && word !== "" && (words !== "" || widthOfLine(current) > widthOf(indent.text))) {
      lines.push([...current, span(words, style)]);
      current = [indent];
      words = word;
    } else {
      words = longer;
    }
  }
  return [...lines, [...current, span(words, style)]];
}
