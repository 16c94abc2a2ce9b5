import { createLogger, type Logger } from "../../src/outputs/log/logger.js";

export type LogLine = Record<string, unknown>;

/** A real logger, and the lines that it wrote. */
export function recordedLog(): { readonly logger: Logger; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const logger = createLogger({
    level: "debug",
    sink: (text, done) => {
      for (const line of text.split("\n").filter((each) => each !== "")) lines.push(JSON.parse(line) as LogLine);
      done();
    },
  });
  return { logger, lines };
}
