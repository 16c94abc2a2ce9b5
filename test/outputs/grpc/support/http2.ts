import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from "node:http2";
import { onTestFinished } from "vitest";

/** An HTTP/2 connection without a gRPC library in between, closed at the end of the test. */
export function session(port: number, options: Parameters<typeof connect>[1] = {}): ClientHttp2Session {
  const client = connect(`http://127.0.0.1:${port}`, options);
  client.on("error", () => {});
  onTestFinished(() => client.destroy());
  return client;
}

export const path = {
  check: "/grpc.health.v1.Health/Check",
  watch: "/grpc.health.v1.Health/Watch",
  list: "/grpc.health.v1.Health/List",
} as const;

/** A gRPC frame: the compressed flag, the length, the message. */
export function frame(message: Uint8Array, isCompressed = false): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(isCompressed ? 1 : 0, 0);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** HealthCheckRequest with this name, which may be any bytes. */
export function request(name: string | Uint8Array = ""): Buffer {
  const bytes = Buffer.from(name);
  if (bytes.length === 0) return bytes;
  const length = bytes.length < 0x80 ? [bytes.length] : [(bytes.length & 0x7f) | 0x80, bytes.length >>> 7];
  return Buffer.concat([Buffer.from([0x0a, ...length]), bytes]);
}

export interface Reply {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The HTTP/2 error code of a reset; 0 when there was none. */
  readonly resetCode: number;
}

/** `grpc-status`, wherever it came. */
export const statusOf = ({ headers, trailers }: Reply): number =>
  Number(trailers["grpc-status"] ?? headers["grpc-status"] ?? -1);

export const messageOf = ({ headers, trailers }: Reply): string =>
  decodeURIComponent(String(trailers["grpc-message"] ?? headers["grpc-message"] ?? ""));

export function open(client: ClientHttp2Session, method: string, headers: Record<string, string> = {}) {
  return client.request({
    ":method": "POST",
    ":path": method,
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
}

/** Sends `body` and ends the request. */
export function call(
  client: ClientHttp2Session,
  method: string,
  body: Uint8Array,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const stream = open(client, method, headers);
  stream.end(body);
  return reply(stream);
}

/** All that comes back, until the stream is closed. */
export function reply(stream: ClientHttp2Stream): Promise<Reply> {
  return new Promise((resolve) => {
    let headers: IncomingHttpHeaders = {};
    let trailers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on("response", (received) => {
      headers = received;
    });
    stream.on("trailers", (received) => {
      trailers = received;
    });
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", () => {});
    stream.on("close", () =>
      resolve({ headers, trailers, body: Buffer.concat(chunks), resetCode: stream.rstCode ?? 0 }),
    );
  });
}
