import type { ReadStream, WriteStream } from "node:tty";
import { type Abilities, type Line, printed, span } from "./styled-text.js";

/** What one screen is drawn from. */
export interface View extends Abilities {
  readonly lines: readonly Line[];
  readonly columns: number;
  readonly rows: number;
  /** Lines that are above the first row. */
  readonly scrolled: number;
}

/** The rows of the screen: what fits of the lines, and below it what keys do. */
export function rowsOf({ lines, columns, rows, scrolled, ...abilities }: View): readonly string[] {
  const room = Math.max(0, rows - 1);
  const shown = lines.slice(scrolled, scrolled + room);
  const below = lines.length - scrolled - shown.length;
  const more = below > 0 ? `, ${below} more below` : "";
  const keys = lines.length > room ? "q quit, up/down scroll" : "q quit";
  return [
    ...shown.map((line) => printed(line, columns, abilities)),
    ...Array.from({ length: room - shown.length }, () => ""),
    printed([span(`${keys}${more}`, "dim")], columns, abilities),
  ];
}

/** The furthest that so many lines can be scrolled on so many rows. */
export const maxScrolled = (lines: number, rows: number): number => Math.max(0, lines - (rows - 1));

const enter = "\u001b[?1049h\u001b[?25l\u001b[?7l";
const leave = "\u001b[?7h\u001b[?25h\u001b[?1049l";
/** Terminals that know them show what is between the two at once; others pass them over. */
const beginUpdate = "\u001b[?2026h";
const endUpdate = "\u001b[?2026l";
const clear = "\u001b[2J";
const clearRow = "\u001b[K";

/**
 * What to write so that a screen that shows `before` shows `now`: the rows that differ, and nothing where none does.
 * A row is cleared before it is written: after one that fills the screen's width the cursor is still on its last character,
 * which would be cleared with the rest.
 */
export function changeOf(before: readonly string[] | undefined, now: readonly string[]): string {
  const isAnew = before?.length !== now.length;
  const changes = now.flatMap((row, index) =>
    !isAnew && before[index] === row ? [] : [`\u001b[${index + 1};1H${clearRow}${row}`],
  );
  if (changes.length === 0) return "";
  return `${beginUpdate}${isAnew ? clear : ""}${changes.join("")}${endUpdate}`;
}

/** Keys come as characters; those without one, such as an arrow, as an escape sequence. */
export function keysIn(typed: string): readonly string[] {
  const [plain = "", ...escaped] = typed.split(introducer);
  return [
    ...plain,
    ...escaped.flatMap((text) => {
      const [sequence = ""] = /^\[[0-9;]*[A-Za-z~]/.exec(text) ?? [];
      return [`${introducer}${sequence}`, ...text.slice(sequence.length)];
    }),
  ];
}

/** Of escape sequences. */
const introducer = "\u001b";

/** A terminal that is ours until `close`, which gives it back as it was. */
export class Screen {
  private drawn: readonly string[] | undefined;

  constructor(
    private readonly input: ReadStream,
    private readonly output: WriteStream,
    private readonly onKey: (key: string) => void,
    private readonly onResize: () => void,
  ) {}

  private readonly takeKeys = (typed: string): void => {
    for (const key of keysIn(typed)) this.onKey(key);
  };

  private readonly takeSize = (): void => {
    this.drawn = undefined;
    this.onResize();
  };

  open(): void {
    this.input.setRawMode(true).setEncoding("utf8").on("data", this.takeKeys).resume();
    this.output.on("resize", this.takeSize);
    this.output.write(enter);
  }

  draw(rows: readonly string[]): void {
    const change = changeOf(this.drawn, rows);
    this.drawn = rows;
    if (change !== "") this.output.write(change);
  }

  close(): void {
    this.input.off("data", this.takeKeys).setRawMode(false).pause();
    this.output.off("resize", this.takeSize);
    this.output.write(leave);
  }
}
