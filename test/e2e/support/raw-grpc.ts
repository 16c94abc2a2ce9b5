import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type SecureClientSessionOptions,
} from "node:http2";
import { afterAll } from "vitest";

/** What came back for one call, whatever it was. */
export interface RawReply {
  readonly httpStatus: number | undefined;
  /** Of the trailers, or of the headers where the call had no message. */
  readonly grpcStatus: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The stream's error, where it was reset. */
  readonly error: string | undefined;
}

/** HTTP/2 by hand, for requests that no gRPC library would send. */
export class RawGrpcClient {
  constructor(readonly session: ClientHttp2Session) {
    session.on("error", () => {});
    sessions.push(session);
  }

  /** Opens a call. Nothing but the headers is sent. */
  open(method: string, headers: Readonly<Record<string, string>> = {}): ClientHttp2Stream {
    const stream = this.session.request({
      ":method": "POST",
      ":path": `/grpc.health.v1.Health/${method}`,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    stream.on("error", () => {});
    return stream;
  }

  /** Sends `bytes` as the whole body of a call and gives what comes back. */
  call(method: string, bytes: Buffer, headers?: Readonly<Record<string, string>>): Promise<RawReply> {
    const stream = this.open(method, headers);
    stream.end(bytes);
    return reply(stream);
  }
}

const sessions: ClientHttp2Session[] = [];
afterAll(() => {
  for (const session of sessions) session.destroy();
});

/** Connects; `initialWindowSize` is how much the server may send on a stream before it is read. */
export function connectRaw(address: string, initialWindowSize = 65_535): RawGrpcClient {
  return new RawGrpcClient(connect(`http://${address}`, { settings: { initialWindowSize } }));
}

/** Connects with TLS. */
export const connectSecurely = (address: string, tls: SecureClientSessionOptions): RawGrpcClient =>
  new RawGrpcClient(connect(`https://${address}`, tls));

/** Reads a call to its end. */
export function reply(stream: ClientHttp2Stream): Promise<RawReply> {
  let headers: IncomingHttpHeaders & IncomingHttpStatusHeader = {};
  let trailers: IncomingHttpHeaders = {};
  let error: string | undefined;
  const chunks: Buffer[] = [];
  stream.on("response", (received) => {
    headers = received;
  });
  stream.on("trailers", (received) => {
    trailers = received;
  });
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("error", (cause: Error) => {
    error = cause.message;
  });
  return new Promise((resolve) => {
    stream.on("close", () => {
      const grpcStatus = trailers["grpc-status"] ?? headers["grpc-status"];
      resolve({
        httpStatus: headers[":status"],
        grpcStatus: grpcStatus === undefined ? undefined : Number(grpcStatus),
        headers,
        body: Buffer.concat(chunks),
        error,
      });
    });
  });
}

/** A message in its gRPC frame: compressed flag, length, bytes. */
export function frame(message: Buffer, { compressed = false } = {}): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt8(compressed ? 1 : 0, 0);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}

/** A HealthCheckRequest: field 1, the service's name, as bytes that need not be UTF-8. */
export function healthCheckRequest(service: Buffer | string): Buffer {
  const name = Buffer.from(service);
  return Buffer.concat([Buffer.from([0x0a]), varint(name.length), name]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}

/** `HealthCheckResponse.ServingStatus`. */
export const servingStatus = { unknown: 0, serving: 1, notServing: 2, serviceUnknown: 3 } as const;

/** The status of each response in a body: field 1, a varint; absent for UNKNOWN. */
export function statusesIn(body: Buffer): readonly number[] {
  const statuses: number[] = [];
  for (let at = 0; at + 5 <= body.length; ) {
    const length = body.readUInt32BE(at + 1);
    statuses.push(length === 0 ? 0 : body.readUInt8(at + 6));
    at += 5 + length;
  }
  return statuses;
}
