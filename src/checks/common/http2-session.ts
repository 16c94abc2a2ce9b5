import { type ClientHttp2Session, connect } from "node:http2";
import type { ConnectionOptions } from "node:tls";
import { CheckError } from "../../core/check.js";
import { type Deadline, openSocket, openTlsSocket, type SocketTarget } from "./open-socket.js";

const keepAliveAfterMs = 10_000;

/**
 * An HTTP/2 session on a connection of its own: agreed on in the TLS handshake (ALPN), or at once where there is no TLS
 * (prior knowledge). Its errors come to the streams too, so they need not be listened to; destroy it in the end.
 *
 * @throws CheckError `http2_not_offered`, and those of `network-error.ts`.
 */
export async function openHttp2(
  target: SocketTarget,
  tls: ConnectionOptions | undefined,
  deadline: Deadline,
): Promise<ClientHttp2Session> {
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
  return session.on("error", () => {});
}
