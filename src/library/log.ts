import type { LogLevel } from "../config/configuration.js";
import type { Logger, LogMethod } from "../outputs/log/logger.js";
import { callHost } from "./host-code.js";

/** A line that the program would log: docs/logging.md has every event with its fields. */
export interface LogLine {
  /** How much it matters. */
  readonly level: "debug" | "info" | "warn" | "error";
  /** A name that stays the same, for machines: `transition`. */
  readonly event: string;
  /** One sentence for people. */
  readonly message: string;
  /** What the sentence is about, as docs/logging.md names it. */
  readonly fields: Readonly<Record<string, unknown>>;
}

const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Hands lines of `level` and above to `log`, as they come. */
export function callbackLogger(level: LogLevel, log: (line: LogLine) => void): Logger {
  let least = levels.indexOf(level);
  const method =
    (at: LogLevel): LogMethod =>
    (event, message, fields = {}) => {
      if (levels.indexOf(at) >= least) callHost(() => log({ level: at, event, message, fields }));
    };
  return {
    debug: method("debug"),
    info: method("info"),
    warn: method("warn"),
    error: method("error"),
    setLevel: (next) => {
      least = levels.indexOf(next);
    },
    droppedLines: () => 0,
    flush: () => Promise.resolve(),
  };
}
