import { readFileSync } from "node:fs";
import { type ClientRequest, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Address } from "../core/address.js";
import { CommandFailure, exitCode } from "./exit-code.js";
import { readTlsFiles, type TlsOptions } from "./tls-flags.js";

/** A listener of a server, and what it takes to be let in. */
export interface HttpTarget extends TlsOptions {
  readonly address: Address;
  /** A text, or `file:/PATH`. */
  readonly token?: string | undefined;
}

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * A request to be ended. Throws a CommandFailure for flags and files that are of no use. Not with `fetch`, which knows no
 * Unix sockets.
 */
export function openRequest(target: HttpTarget, { headers, ...request }: HttpRequest): ClientRequest {
  const { address, token } = target;
  const tls = readTlsFiles(target);
  const options = {
    ...(address.kind === "unix" ? { socketPath: address.path } : { host: address.host, port: address.port }),
    ...request,
    headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${readToken(token)}` }) },
  };
  if (tls === undefined) return httpRequest(options);
  return httpsRequest({
    ...options,
    ...(tls.ca === null ? {} : { ca: tls.ca }),
    ...(tls.cert === null || tls.key === null ? {} : { cert: tls.cert, key: tls.key }),
    ...(target.tlsServerName === undefined ? {} : { servername: target.tlsServerName }),
    rejectUnauthorized: !target.tlsNoVerify,
  });
}

/** As the server compares it: byte for byte, and headers carry one byte in each character. */
function readToken(token: string): string {
  const path = /^file:(?<path>\/.*)$/.exec(token)?.groups?.path;
  const text = path === undefined ? token : readTokenFile(path);
  if (/[\p{Cc}]/u.test(text)) throw new CommandFailure(exitCode.arguments, "the token must be one line");
  return Buffer.from(text, "utf8").toString("latin1");
}

function readTokenFile(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    throw new CommandFailure(exitCode.arguments, `the token in ${path} cannot be read (${code})`, error);
  }
}
