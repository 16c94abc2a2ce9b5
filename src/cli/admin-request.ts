import { text as textOf } from "node:stream/consumers";
import type { Address } from "../core/address.js";
import { openRequest } from "./http-request.js";
import type { TlsOptions } from "./tls-flags.js";

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
 * that are of no use.
 */
export function postToAdmin({ admin, ...target }: AdminTarget, path: string, body: string): Promise<Answer> {
  const signal = AbortSignal.timeout(timeoutMs);
  const headers = { "content-type": "application/json" };
  const outgoing = openRequest({ ...target, address: admin }, { method: "POST", path, headers, signal });
  return new Promise((resolve, reject) => {
    outgoing.on("response", (response) => {
      textOf(response).then((text) => resolve({ status: response.statusCode, body: text }), reject);
    });
    outgoing.on("error", (error) => reject(signal.aborted ? new Error(`no answer in ${timeoutMs / 1000} s`) : error));
    outgoing.end(body);
  });
}
