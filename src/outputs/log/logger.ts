import { pino } from "pino";
import { BoundedWriter, type Sink } from "./bounded-writer.js";
import type { LogEvent } from "./events.js";
import { stdoutSink } from "./sinks.js";

export type LogLevel = "debug" | "info" | "warn" | "error";

/** Values of a line beside its time, level, event and message. Errors under `err` get their type, message and stack. */
export type LogFields = Readonly<Record<string, unknown>>;

/** `event` is a stable name for machines to filter by, with its fields in `events.ts`; `message` is one sentence for people. */
export type LogMethod = (event: LogEvent, message: string, fields?: LogFields) => void;

/** One JSON object per line. Writing a line never blocks and never throws. */
export interface Logger extends Readonly<Record<LogLevel, LogMethod>> {
  setLevel(level: LogLevel): void;
  /** Lines lost since start because standard output stalled or failed. */
  droppedLines(): number;
  /** Resolves when every line is out, or after `deadlineMs`. Call it before the process exits. */
  flush(deadlineMs: number): Promise<void>;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Where lines go; standard output by default. */
  readonly sink?: Sink;
  /** What may wait for a slow reader, in bytes; further lines are dropped and counted. 1 MiB by default. */
  readonly maxPendingBytes?: number;
}

export function createLogger({ level, sink = stdoutSink(), maxPendingBytes = 2 ** 20 }: LoggerOptions): Logger {
  const writer = new BoundedWriter(sink, maxPendingBytes, (lostLines) => {
    logger.warn("log_lines_dropped", `${lostLines} log lines were lost because standard output did not take them`, {
      lines: lostLines,
    });
  });
  const lines = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line) => writer.write(withoutUnprintable(line)) },
  );
  const method =
    (at: LogLevel): LogMethod =>
    (event, message, fields) =>
      lines[at]({ event, ...fields }, message);
  const logger: Logger = {
    debug: method("debug"),
    info: method("info"),
    warn: method("warn"),
    error: method("error"),
    setLevel: (next) => {
      lines.level = next;
    },
    droppedLines: () => writer.droppedLines,
    flush: (deadlineMs) => writer.flush(deadlineMs),
  };
  return logger;
}

/**
 * JSON escapes the control characters of ASCII only. Others would write to a terminal too (C1), end a line (Unicode's
 * separators) or show it in another order (bidirectional ones), and texts from outside come into lines: a client
 * certificate's name, a driver's message. They stand within strings only, where an escape means the same.
 */
const withoutUnprintable = (line: string): string =>
  line.replaceAll(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

const unprintable = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
