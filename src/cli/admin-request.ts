import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { text as textOf } from "node:stream/consumers";
import type { Address } from "../core/address.js";
import { CommandFailure, exitCode } from "./exit-code.js";
import { readTlsFiles, type TlsOptions } from "./tls-flags.js";

export interface AdminTarget extends TlsOptions {
  readonly admin: Address;
  /** A text, or `file:/PATH`. */
  readonly token?: string;
}

export interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

const timeoutMs = 5000;

/**
 * POSTs JSON to the admin listener. Rejects where there is no answer in time; throws a CommandFailure for flags and files
 * that are of no use. Not with `fetch`, which knows no Unix sockets.
 */
export function postToAdmin(target: AdminTarget, path: string, body: string): Promise<Answer> {
  const { admin, token } = target;
  const tls = readTlsFiles(target);
  const options = {
    ...(admin.kind === "unix" ? { socketPath: admin.path } : { host: admin.host, port: admin.port }),
    path,
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${readToken(token)}` }),
    },
    signal: AbortSignal.timeout(timeoutMs),
  };
  return new Promise((resolve, reject) => {
    const outgoing =
      tls === undefined
        ? httpRequest(options)
        : httpsRequest({
            ...options,
            ...(tls.ca === null ? {} : { ca: tls.ca }),
            ...(tls.cert === null || tls.key === null ? {} : { cert: tls.cert, key: tls.key }),
            ...(target.tlsServerName === undefined ? {} : { servername: target.tlsServerName }),
            rejectUnauthorized: !target.tlsNoVerify,
          });
    outgoing.on("response", (response) => {
      textOf(response).then((text) => resolve({ status: response.statusCode, body: text }), reject);
    });
    outgoing.on("error", (error) =>
      reject(options.signal.aborted ? new Error(`no answer in ${timeoutMs / 1000} s`) : error),
    );
    outgoing.end(body);
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
