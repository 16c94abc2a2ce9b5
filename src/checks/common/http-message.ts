import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { ConnectionOptions } from "node:tls";

export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** For `https:` only. */
  readonly tls?: ConnectionOptions | undefined;
  /** Speak HTTP/2: over TLS by ALPN, else with prior knowledge. */
  readonly http2?: boolean;
  /** Connect to this Unix socket, whatever host the URL names. */
  readonly socketPath?: string | undefined;
  /** How much of the answer's body to keep; 4 KiB where nothing is said. */
  readonly keepBodyBytes?: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The beginning of the body, as much as was to be kept. */
  readonly bodyStart: string;
}

/** A URL for messages: without user, password and query, which may hold secrets. */
export const displayedUrl = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}`;

/** Says what asks. No encoding is accepted, so that bodies come as they are. */
export const ownHeaders = { "user-agent": "gpu-health", accept: "*/*" };

const defaultKeptBodyBytes = 4096;

/** More than any health page has. What is longer, and than what is to be kept, is not read on, and counts as answered. */
const maxBodyBytes = 1024 * 1024;

/** Reads a body, and gives its beginning when it ends. Errors of the stream are the caller's to hear. */
export function onBody(
  stream: Readable,
  { keepBodyBytes = defaultKeptBodyBytes }: HttpRequest,
  done: (bodyStart: string) => void,
): void {
  const kept: Buffer[] = [];
  let length = 0;
  const end = () => {
    stream.off("data", onData).off("end", end);
    done(Buffer.concat(kept).subarray(0, keepBodyBytes).toString("utf8"));
  };
  const onData = (chunk: Buffer) => {
    if (length < keepBodyBytes) kept.push(chunk);
    length += chunk.length;
    if (length > Math.max(maxBodyBytes, keepBodyBytes)) end();
  };
  stream.on("data", onData).on("end", end);
}
