import { formatAddress, parseAddress } from "../core/address.js";

/** A server to ask. */
export interface Target {
  /** As messages name it. */
  readonly address: string;
  /** As grpc-js takes it: with its scheme, so that `localhost:1` is not read as one. */
  readonly uri: string;
}

export type ParsedTarget =
  | { readonly ok: true; readonly target: Target }
  | { readonly ok: false; readonly problem: string };

/** Reads `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`, or says how to write it. */
export function parseTarget(text: string): ParsedTarget {
  const parsed = parseAddress(text);
  if (!parsed.ok) return parsed;
  const { address } = parsed;
  if (address.kind === "tcp" && address.port === 0) {
    return { ok: false, problem: `"${text}" has port 0, where no server can be; write its real port` };
  }
  const formatted = formatAddress(address);
  return { ok: true, target: { address: formatted, uri: address.kind === "unix" ? formatted : `dns:${formatted}` } };
}
