import { connect, isIP, type Socket } from "node:net";
import { type ConnectionOptions, type TLSSocket, connect as tlsConnect } from "node:tls";
import type { Address } from "../../core/address.js";
import type { Clock } from "../../core/clock.js";
import { deadlineError, networkError } from "./network-error.js";

/** What limits a request in time. */
export interface Deadline {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface SocketTarget {
  readonly address: Address;
  /** How messages name the other side. */
  readonly where: string;
}

/** A TCP or Unix connection. Whoever asked for it listens to its errors from now on, and destroys it. */
export const openSocket = (target: SocketTarget, deadline: Deadline): Promise<Socket> =>
  opened(connect(destination(target.address)), "connect", target.where, deadline);

/** As {@link openSocket}, with TLS: the handshake is done, and the other side as trusted as `tls` asks for. */
export function openTlsSocket(target: SocketTarget, tls: ConnectionOptions, deadline: Deadline): Promise<TLSSocket> {
  const { address } = target;
  const serverName = address.kind === "tcp" && isIP(address.host) === 0 ? { servername: address.host } : {};
  return opened(
    tlsConnect({ ...destination(address), ...serverName, ...tls }),
    "secureConnect",
    target.where,
    deadline,
  );
}

const destination = (address: Address) =>
  address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port };

function opened<S extends Socket>(
  socket: S,
  event: "connect" | "secureConnect",
  where: string,
  { clock, signal }: Deadline,
): Promise<S> {
  const startedAtMs = clock.nowMs();
  const elapsedMs = () => clock.nowMs() - startedAtMs;
  return new Promise((resolve, reject) => {
    let phase = "no connection";
    const end = () => {
      signal.removeEventListener("abort", onAbort);
      socket.off("error", fail);
    };
    const giveUp = (error: Error) => {
      end();
      // What the socket still says while it closes was answered already.
      socket.on("error", () => {}).destroy();
      reject(error);
    };
    const onAbort = () => giveUp(deadlineError(where, phase, elapsedMs()));
    const fail = (error: unknown) => giveUp(networkError(error, where, elapsedMs()));
    socket.on("error", fail);
    socket.once("connect", () => {
      phase = "connected, but no TLS handshake";
    });
    socket.once(event, () => {
      end();
      resolve(socket);
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}
