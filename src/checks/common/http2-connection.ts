import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from "node:http2";
import type { ConnectionOptions } from "node:tls";
import { CheckError } from "../result.js";
import { type Deadline, openSocket, openTlsSocket, type SocketTarget } from "./open-socket.js";

const keepAliveAfterMs = 10_000;

/**
 * An HTTP/2 session on a connection of its own: agreed on in the TLS handshake (ALPN), or at once where there is no TLS
 * (prior knowledge). Its errors come to the streams too, so they need not be listened to; close it in the end.
 *
 * @throws CheckError `http2_not_offered`, and those of `network-error.ts`.
 */
export async function openHttp2(
  target: SocketTarget,
  tls: ConnectionOptions | undefined,
  deadline: Deadline,
): Promise<Http2Connection> {
  const socket =
    tls === undefined
      ? await openSocket(target, deadline)
      : await openTlsSocket(target, { ...tls, ALPNProtocols: ["h2"] }, deadline);
  if ("alpnProtocol" in socket && socket.alpnProtocol !== "h2") {
    socket.on("error", () => {}).destroy();
    throw new CheckError({ reason: "http2_not_offered", message: `${target.where} does not offer HTTP/2 over TLS` });
  }
  // So that the system finds a peer that is gone, on a stream on which nothing is said for hours.
  socket.setKeepAlive(true, keepAliveAfterMs);
  // The name is for the default of `:authority` only: every request here has its own.
  const session = connect("http://unused", { createConnection: () => socket });
  return new Http2Connection(session.on("error", () => {}));
}

/**
 * The session itself is kept from its users, because of how it may be ended. Node 20 sends what is pending at each reset
 * of a stream, even inside a callback in which nghttp2 is reading: it frees the stream that nghttp2 then reads on in. A
 * session with two open streams that is destroyed in a callback of one corrupts the heap of the whole process, and just
 * so after an `await` or in `process.nextTick`, for both run before the callback returns. Seen in Node 20.20.2 and
 * 24.18.1, no more in 22.23.2 and 24.21.0: nodejs/node#64113, #64841, CVE-2026-56848.
 */
export class Http2Connection {
  constructor(private readonly session: ClientHttp2Session) {}

  /**
   * Leave the stream to end by itself or with the connection: neither close nor destroy it.
   *
   * @throws Error of Node's where the session has ended.
   */
  request(headers: OutgoingHttpHeaders): ClientHttp2Stream {
    return this.session.request(headers);
  }

  /** Ends all streams, after what is being read was read: until then they may still say something. */
  close(): void {
    setImmediate(() => this.session.destroy());
  }
}
