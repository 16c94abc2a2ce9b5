import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** Frame types and flags of HTTP/2 (RFC 9113, section 6). */
const type = { data: 0, headers: 1, reset: 3, settings: 4, goAway: 7 } as const;
const flag = { endStream: 1, endHeaders: 4 } as const;

/**
 * A TCP connection that sends what it is told and never answers, closed at the end of the test. With `allowHalfOpen` it
 * does not close its half when the server has closed its own.
 */
export function rawConnection(port: number, allowHalfOpen = false): Socket {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen });
  socket.on("error", () => {});
  onTestFinished(() => {
    socket.destroy();
  });
  return socket;
}

/** Resolves when the other side has closed the connection. */
export const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.resume();
    socket.once("close", () => resolve());
  });

/** Resolves when a frame of this type has come, or the other side has closed the connection. */
function cameOrClosed(socket: Socket, frameType: number): Promise<void> {
  return new Promise((resolve) => {
    socket.on("data", (chunk: Buffer) => {
      if (frameTypes(chunk).includes(frameType)) resolve();
    });
    socket.once("close", () => resolve());
  });
}

/** Resolves when the other side has closed the connection, or has said GOAWAY (which comes before that). */
export const givenUp = (socket: Socket): Promise<void> => cameOrClosed(socket, type.goAway);

/** Resolves when a response or its trailers have come. */
export const answered = (socket: Socket): Promise<void> => cameOrClosed(socket, type.headers);

/** The types of whole frames in a row. */
function frameTypes(bytes: Buffer): readonly number[] {
  const types: number[] = [];
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) types.push(bytes.readUInt8(at + 3));
  return types;
}

export const clientPreface = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  http2Frame(type.settings, 0, 0),
]);

export function http2Frame(
  frameType: number,
  flags: number,
  streamId: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(frameType, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

/** Opens a gRPC call: the headers as literals without indexing and without Huffman coding (RFC 7541, section 6.2.2). */
export function headersFrame(streamId: number, path: string, more: Readonly<Record<string, string>> = {}): Buffer {
  const fields = {
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": "localhost",
    te: "trailers",
    "content-type": "application/grpc",
    ...more,
  };
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value, "latin1")]);
  const block = Object.entries(fields).flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]);
  return http2Frame(type.headers, flag.endHeaders, streamId, Buffer.concat(block));
}

/** The last bytes of the request, unless told otherwise. */
export const dataFrame = (streamId: number, payload: Buffer, isLast = true): Buffer =>
  http2Frame(type.data, isLast ? flag.endStream : 0, streamId, payload);

/** RST_STREAM with CANCEL. */
export const resetFrame = (streamId: number): Buffer => http2Frame(type.reset, 0, streamId, Buffer.from([0, 0, 0, 8]));
