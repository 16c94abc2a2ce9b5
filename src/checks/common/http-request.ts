import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { ConnectionOptions } from "node:tls";
import type { Clock } from "../../core/clock.js";
import { deadlineError, networkError } from "./network-error.js";

export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** For `https:` only. */
  readonly tls?: ConnectionOptions | undefined;
  /** How much of the answer's body to keep; 4 KiB where nothing is said. */
  readonly keepBodyBytes?: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The beginning of the body, as much as was to be kept. */
  readonly bodyStart: string;
}

/** What limits a request in time. */
export interface Deadline {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const defaultKeptBodyBytes = 4096;

/** More than any health page has. What is longer is not read to its end, and counts as answered. */
const maxBodyBytes = 1024 * 1024;

/**
 * One request on a connection of its own, as the kubelet does it: a kept one would not show that new ones are refused.
 *
 * @throws CheckError as `network-error.ts` has them.
 */
export function exchange(request: HttpRequest, { clock, signal }: Deadline): Promise<HttpResponse> {
  const { url, method, headers, body, tls, keepBodyBytes = defaultKeptBodyBytes } = request;
  const where = displayedUrl(url);
  const startedAtMs = clock.nowMs();
  const elapsedMs = () => clock.nowMs() - startedAtMs;
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;

  return new Promise((resolve, reject) => {
    let phase = "no connection";
    const outgoing = send(url, {
      method,
      headers: { "user-agent": "gpu-health", accept: "*/*", ...headers },
      agent: false,
      ...(url.protocol === "https:" ? tls : {}),
    });
    const onAbort = () => {
      reject(deadlineError(where, phase, elapsedMs()));
      outgoing.destroy();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    const fail = (error: unknown) => {
      signal.removeEventListener("abort", onAbort);
      reject(networkError(error, where, elapsedMs()));
    };
    outgoing.on("error", fail);
    outgoing.on("socket", (socket) =>
      socket.once("connect", () => {
        phase = "connected, but no answer";
      }),
    );
    const succeed = ({ statusCode, headers }: IncomingMessage, bodyStart: string) => {
      signal.removeEventListener("abort", onAbort);
      outgoing.destroy();
      resolve({ status: statusCode ?? 0, headers, bodyStart });
    };
    outgoing.on("response", (response) => {
      phase = `status ${response.statusCode}, but the body did not end`;
      readBody(response, keepBodyBytes)
        .then((bodyStart) => succeed(response, bodyStart))
        .catch(fail);
    });
    // The answer 101: what follows is another protocol, and no body.
    outgoing.on("upgrade", (response, socket) => {
      socket.destroy();
      succeed(response, "");
    });
    outgoing.end(body);
  });
}

async function readBody(response: IncomingMessage, keepBytes: number): Promise<string> {
  const kept: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (length < keepBytes) kept.push(chunk);
    length += chunk.length;
    if (length > maxBodyBytes) break;
  }
  return Buffer.concat(kept).subarray(0, keepBytes).toString("utf8");
}

/** A URL for messages: without user, password and query, which may hold secrets. */
export const displayedUrl = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}`;
