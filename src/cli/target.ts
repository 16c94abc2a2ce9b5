import { formatAddress, parseAddress } from "../core/address.js";
import { CommandFailure, exitCode } from "./exit-code.js";

/** A server to ask. */
export interface Target {
  /** As messages name it. */
  readonly address: string;
  /** As grpc-js takes it: with its scheme, so that `localhost:1` is not read as one. */
  readonly uri: string;
}

/** Reads `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`. Throws a CommandFailure that says how to write it. */
export function parseTarget(text: string | undefined): Target {
  if (text === undefined || text === "") {
    throw new CommandFailure(exitCode.arguments, "no address: say which server to ask, such as 127.0.0.1:50051");
  }
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new CommandFailure(exitCode.arguments, parsed.problem);
  const { address } = parsed;
  if (address.kind === "tcp" && address.port === 0) {
    throw new CommandFailure(exitCode.arguments, `"${text}" has port 0, where no server can be; write its real port`);
  }
  const formatted = formatAddress(address);
  return { address: formatted, uri: address.kind === "unix" ? formatted : `dns:${formatted}` };
}
