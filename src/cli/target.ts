import { parseTarget as parse, type Target } from "../client/target.js";
import { CommandFailure, exitCode } from "./exit-code.js";

/** Reads `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`. Throws a CommandFailure that says how to write it. */
export function parseTarget(text: string | undefined): Target {
  if (text === undefined || text === "") {
    throw new CommandFailure(exitCode.arguments, "no address: say which server to ask, such as 127.0.0.1:50051");
  }
  const parsed = parse(text);
  if (!parsed.ok) throw new CommandFailure(exitCode.arguments, parsed.problem);
  return parsed.target;
}
