import { type Command, InvalidArgumentError, Option } from "commander";
import type { HealthClientOptions } from "../client/health-client.js";
import { addTlsFlags, readTlsFiles, type TlsOptions } from "./tls-flags.js";

/** How a command reaches a gRPC server. */
export interface ClientFlags extends TlsOptions {
  readonly rpcHeader?: readonly Header[];
}

export type Header = readonly [name: string, value: string];

/** Gives a command the flags of {@link ClientFlags}. */
export function addClientFlags<C extends Command>(command: C): C {
  return addTlsFlags(
    command.option("--rpc-header <header>", "extra header, 'name: value'; may be repeated", addHeader),
  );
}

/** Which component is meant; the empty name, as on the wire, is the whole server. */
export const serviceOption = (help: string): Option =>
  new Option("--service <name>", help).default("", "all that traffic depends on");

/** Throws a CommandFailure that names the file that is wrong, or the flags that contradict each other. */
export function clientOptions(flags: ClientFlags): HealthClientOptions {
  const files = readTlsFiles(flags);
  // For an IP address grpc-js puts it into the handshake as a name, of which Node warns on standard error.
  if (files !== undefined) process.noDeprecation = true;
  const tls = files && { ...files, serverName: flags.tlsServerName, verify: !flags.tlsNoVerify };
  return { tls, metadata: byName(flags.rpcHeader ?? []) };
}

function byName(headers: readonly Header[]): Readonly<Record<string, readonly string[]>> {
  const metadata: Record<string, string[]> = Object.create(null);
  for (const [name, value] of headers) metadata[name] = [...(metadata[name] ?? []), value];
  return metadata;
}

function addHeader(text: string, headers: readonly Header[] = []): readonly Header[] {
  const [, name, value] = /^([^:]+):(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("write it as 'name: value'.");
  if (!/^[0-9a-z_.-]+$/i.test(name.trim())) {
    throw new InvalidArgumentError("the name of a header has letters, digits and _ . - only.");
  }
  // Any bytes may be in a value whose name ends in -bin: it travels as base64.
  if (!/-bin\s*$/i.test(name) && !/^[\x20-\x7e]*$/.test(value.trim())) {
    throw new InvalidArgumentError("the value of a header has printable ASCII characters only.");
  }
  return [...headers, [name.trim(), value.trim()]];
}
