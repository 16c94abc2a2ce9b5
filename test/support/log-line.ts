import { type LogEvent, logEvents } from "../../src/outputs/log/events.js";

export type LogLine = Readonly<Record<string, unknown>>;

const common: readonly string[] = ["time", "level", "event", "msg"];

/** The line, where `src/outputs/log/events.ts` has its event and all of its fields; docs/logging.md is made of that. */
export function declared(line: LogLine): LogLine {
  const event = logEvents[line.event as LogEvent];
  const fields: readonly string[] = [...common, ...event.fields];
  const unknown = Object.keys(line).filter((field) => !fields.includes(field));
  if (unknown.length > 0) throw new Error(`the event ${line.event} is declared without ${unknown.join(", ")}`);
  return line;
}
