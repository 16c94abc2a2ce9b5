import type { ReadStream, WriteStream } from "node:tty";
import type { Clock } from "../../core/clock.js";
import type { Known } from "../../live/known.js";
import type { HttpTarget } from "../http-request.js";
import { frame } from "./frame.js";
import { glyphsFor } from "./glyphs.js";
import { maxScrolled, rowsOf, Screen } from "./screen.js";
import { followStream } from "./stream.js";

export interface ShowOptions {
  readonly stdin: ReadStream;
  readonly stdout: WriteStream;
  readonly isStyled: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Between two drawings while there is no news: the time since it was lost goes on. */
const lostTickMs = 1000;

/** Shows what there is to see, until q or Ctrl-C is pressed or `interrupted` aborts. Rejects as `followStream` does. */
export async function showUntil(
  interrupted: AbortSignal,
  target: HttpTarget,
  clock: Clock,
  { stdin, stdout, isStyled, env }: ShowOptions,
): Promise<void> {
  const quit = new AbortController();
  const stop = AbortSignal.any([interrupted, quit.signal]);
  const glyphs = glyphsFor(env);
  const abilities = { isStyled, isAscii: glyphs.isAscii };
  let known: Known = {};
  let scrolled = 0;
  let cancelTick = (): void => {};
  let screen: Screen | undefined;

  const draw = (): void => {
    cancelTick();
    const { columns, rows } = sizeOf(stdout);
    const lines = frame(known, { columns, glyphs, nowMs: clock.nowMs() });
    scrolled = Math.min(scrolled, maxScrolled(lines.length, rows));
    screen?.draw(rowsOf({ lines, columns, rows, scrolled, ...abilities }));
    if (known.lost !== undefined) cancelTick = clock.schedule(lostTickMs, draw);
  };
  const onKey = (key: string): void => {
    const by = scrollKeys(sizeOf(stdout).rows)[key];
    if (quitKeys.has(key)) quit.abort();
    if (by === undefined) return;
    scrolled = Math.max(0, scrolled + by);
    draw();
  };

  try {
    await followStream(
      target,
      clock,
      (news) => {
        known = news;
        // Not before there is something to show: an error at the start belongs on the screen that was there.
        if (screen === undefined) {
          screen = new Screen(stdin, stdout, onKey, draw);
          screen.open();
        }
        draw();
      },
      stop,
    );
  } finally {
    cancelTick();
    screen?.close();
  }
}

/** Some terminals do not say; then it is that of the oldest. */
const sizeOf = ({ columns, rows }: WriteStream) => ({ columns: columns || 80, rows: rows || 24 });

/** Raw input has no signals: Ctrl-C and Ctrl-D are keys like others. */
const quitKeys: ReadonlySet<string> = new Set(["q", "Q", "\u0003", "\u0004"]);

const scrollKeys = (rows: number): Readonly<Record<string, number>> => ({
  j: 1,
  k: -1,
  "\u001b[A": -1,
  "\u001b[B": 1,
  "\u001b[5~": 2 - rows,
  "\u001b[6~": rows - 2,
  " ": rows - 2,
  g: Number.NEGATIVE_INFINITY,
  G: Number.MAX_SAFE_INTEGER,
});
