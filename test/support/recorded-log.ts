import { createLogger, type Logger } from "../../src/outputs/log/logger.js";
import { declared, type LogLine } from "./log-line.js";

export type { LogLine } from "./log-line.js";

/** A real logger, and the lines that it wrote. */
export function recordedLog(): { readonly logger: Logger; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const logger = createLogger({
    level: "debug",
    sink: (text, done) => {
      for (const line of text.split("\n").filter((each) => each !== "")) lines.push(declared(JSON.parse(line)));
      done();
    },
  });
  return { logger, lines };
}
