import type { IncomingHttpHeaders, IncomingHttpStatusHeader } from "node:http2";
import type { Http2Connection } from "../common/http2-connection.js";
import { CheckError } from "../result.js";
import { frameMessage, MessageReader } from "./grpc-message.js";

/** What a call says to the server. */
export interface GrpcRequest {
  /** `/grpc.health.v1.Health/Check`. */
  readonly path: string;
  readonly authority: string;
  readonly isTls: boolean;
  readonly metadata: Readonly<Record<string, string>>;
  readonly message: Buffer;
  /** How messages name the server. */
  readonly where: string;
  /** For the server to give up by itself; left out for streams. */
  readonly timeoutMs?: number;
}

/** How the server ended a call: a status code of gRPC, 0 for OK. */
export interface GrpcStatus {
  readonly code: number;
  readonly details: string;
}

/** Told of a call; nothing after `onEnd`. */
export interface CallListener {
  onMessage(message: Buffer): void;
  /** The server's status, or what broke the call: a CheckError, or an error of Node's sockets. */
  onEnd(end: GrpcStatus | Error): void;
}

/** One call over HTTP/2, as the protocol «gRPC over HTTP2» has it. The connection is the caller's to close. */
export function startCall(connection: Http2Connection, request: GrpcRequest, listener: CallListener): void {
  const { where, timeoutMs } = request;
  const reader = new MessageReader();
  let hasEnded = false;
  const stream = connection.request({
    ":method": "POST",
    ":scheme": request.isTls ? "https" : "http",
    ":authority": request.authority,
    ":path": request.path,
    te: "trailers",
    "content-type": "application/grpc",
    "user-agent": "gpu-health",
    // At most 8 digits, in milliseconds.
    ...(timeoutMs === undefined ? {} : { "grpc-timeout": `${Math.min(Math.ceil(timeoutMs), 99_999_999)}m` }),
    ...request.metadata,
  });
  const end = (how: GrpcStatus | Error) => {
    if (hasEnded) return;
    hasEnded = true;
    listener.onEnd(how);
  };
  const onHeaders = (headers: IncomingHttpHeaders & IncomingHttpStatusHeader) => {
    const status = statusIn(headers);
    if (status !== undefined) end(status);
  };
  stream.on("response", (headers) => {
    const problem = problemWith(headers);
    if (problem === undefined) onHeaders(headers);
    else end(notGrpc(where, problem));
  });
  stream.on("trailers", onHeaders);
  stream.on("data", (bytes: Buffer) => {
    if (hasEnded) return;
    try {
      for (const message of reader.add(bytes)) listener.onMessage(message);
    } catch (error) {
      end(notGrpc(where, error instanceof Error ? error.message : String(error), error));
    }
  });
  stream.on("error", end);
  // Without a word: the connection broke.
  stream.on("close", () => end(Object.assign(new Error("the stream ended without a status"), { code: "ECONNRESET" })));
  stream.end(frameMessage(request.message));
}

function problemWith(headers: IncomingHttpHeaders & IncomingHttpStatusHeader): string | undefined {
  const { ":status": status = 0, "content-type": contentType = "" } = headers;
  if (status !== 200) return `it answered with HTTP status ${status}`;
  return contentType.startsWith("application/grpc") ? undefined : "its answer is no gRPC";
}

function statusIn({ "grpc-status": code, "grpc-message": details }: IncomingHttpHeaders): GrpcStatus | undefined {
  if (typeof code !== "string" || !/^[0-9]{1,3}$/.test(code)) return undefined;
  return { code: Number(code), details: percentDecoded(typeof details === "string" ? details : "") };
}

/** What is no valid encoding stays as it is, as the protocol asks. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const notGrpc = (where: string, what: string, cause?: unknown): CheckError =>
  new CheckError({
    reason: "not_grpc",
    message: `${where} does not answer as a gRPC server: ${what}`,
    remedy: "see whether this is the server's gRPC port",
    cause,
  });
