import type { Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import type { Clock } from "../core/clock.js";
import type { ListenOptions } from "../core/listen-options.js";
import {
  type ListenerEvent,
  type ListenerState,
  type OnListenerEvent,
  type Refusal,
  refusals,
  type ServerName,
} from "../core/listener-state.js";
import { networkMatcher } from "../core/networks.js";
import { clientNames } from "./client-names.js";
import type { ConnectionCount } from "./connection-count.js";
import { TlsFilesError } from "./tls-files.js";
import { WatchedTls } from "./watched-tls.js";

export interface GateOptions {
  readonly server: ServerName;
  readonly listen: ListenOptions;
  /** Shared by all listeners of a server. */
  readonly count: ConnectionCount;
  /** What clients speak once they are in, as ALPN names it. */
  readonly protocol: "h2" | "http/1.1";
  readonly clock: Clock;
  readonly onEvent: OnListenerEvent;
  /** Takes a connection that may be served, with its handshake done. */
  readonly serve: (socket: Socket) => void;
}

/** A client whose handshake takes longer is gone, or wants to hold the connection. */
const handshakeTimeoutMs = 10_000;

/** Stands between accepting a connection at one address and serving it: who may come in, how many, and TLS. */
export class Gate {
  private readonly refused = Object.fromEntries(refusals.map((each) => [each, 0])) as Record<Refusal, number>;
  private readonly sockets = new Set<Socket>();
  private readonly mayConnect: (peer: string | undefined) => boolean;
  private readonly tlsServer: TlsServer | undefined;
  private address: string;

  private constructor(
    private readonly options: GateOptions,
    private readonly tls: WatchedTls | undefined,
  ) {
    const { address, allow } = options.listen;
    this.address = address;
    this.mayConnect = allow === undefined ? () => true : networkMatcher(allow);
    this.tlsServer = tls === undefined ? undefined : this.startTls(tls);
  }

  /** @throws TlsFilesError that names the listener and the file, where its certificate is of no use. */
  static async open(options: GateOptions): Promise<Gate> {
    const { server, listen, clock } = options;
    if (listen.tls === undefined) return new Gate(options, undefined);
    try {
      return new Gate(options, await WatchedTls.open(listen.tls, clock));
    } catch (error) {
      if (!(error instanceof TlsFilesError)) throw error;
      const message = `cannot serve TLS on ${listen.address} (${server}.listen): ${error.message}`;
      throw new TlsFilesError(message, { cause: error });
    }
  }

  /** To be called with the bound address: port 0 says nothing to those who read of it. */
  boundTo(address: string): void {
    this.address = address;
  }

  /** Clients of a Unix socket have no address. */
  get isUnixSocket(): boolean {
    return this.address.startsWith("unix:");
  }

  get state(): ListenerState {
    return {
      server: this.options.server,
      address: this.address,
      openConnections: this.sockets.size,
      refused: { ...this.refused },
      certificate: this.tls?.state,
    };
  }

  /** Takes each accepted connection: serves it, or closes it at once. */
  admit(socket: Socket): void {
    // Whoever reads from it learns of an error by its end.
    socket.on("error", () => {});
    const peer = socket.remoteAddress;
    // A client that has left already has no address either, and is no Unix socket.
    if (peer === undefined && !this.isUnixSocket) {
      socket.destroy();
      return;
    }
    if (!this.mayConnect(peer)) {
      this.refuse(socket, "not_allowed", peer, "its address is not in the listener's allow list");
      return;
    }
    const excess = this.options.count.add(peer);
    if (excess !== undefined) {
      this.refuse(socket, excess, peer, "as many connections are open as there may be");
      return;
    }
    this.sockets.add(socket);
    socket.once("close", () => {
      this.sockets.delete(socket);
      this.options.count.remove(peer);
    });
    if (this.tlsServer === undefined) this.options.serve(socket);
    // Documented for connections that were accepted elsewhere.
    else this.tlsServer.emit("connection", socket);
  }

  /** Looks at no files any more. */
  close(): void {
    this.tls?.stop();
  }

  /** Closes every connection that is open, also one in its handshake. */
  breakOff(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private startTls(tls: WatchedTls): TlsServer {
    const { listen, protocol } = this.options;
    const isMutual = listen.tls?.clientCa !== undefined;
    const server = createTlsServer({
      ...tls.material.context,
      ALPNProtocols: [protocol],
      handshakeTimeout: handshakeTimeoutMs,
      requestCert: isMutual,
      // OpenSSL then ends the handshake of a client without a certificate, before there is a session to resume.
      rejectUnauthorized: true,
    });
    server.on("secureConnection", (socket) => this.takeSecure(socket, isMutual));
    server.on("tlsClientError", (error, socket) => {
      this.refuse(socket, "tls_failed", socket.remoteAddress, handshakeProblem(error, socket));
    });
    tls.watch({
      onChange: ({ context, subject, expiresAtWallMs }) => {
        server.setSecureContext(context);
        this.tell({ kind: "certificate_loaded", subject, expiresAtWallMs });
      },
      onProblem: (problem) => this.tell({ kind: "certificate_unusable", problem }),
    });
    return server;
  }

  private takeSecure(socket: TLSSocket, isMutual: boolean): void {
    socket.on("error", () => {});
    const allowed = this.options.listen.tls?.clientNames;
    if (isMutual) {
      const certificate = socket.getPeerCertificate();
      const names = clientNames(certificate);
      if (!socket.authorized || certificate.raw === undefined) {
        this.refuse(socket, "tls_failed", socket.remoteAddress, "it shows no certificate");
        return;
      }
      if (allowed !== undefined && !names.some((name) => allowed.includes(name))) {
        const detail = `its certificate is for ${JSON.stringify(names)}`;
        this.refuse(socket, "client_name_not_allowed", socket.remoteAddress, detail);
        return;
      }
    }
    this.options.serve(socket);
  }

  private refuse(socket: Socket, reason: Refusal, peer: string | undefined, detail: string): void {
    this.refused[reason] += 1;
    socket.destroy();
    this.tell({ kind: "refused", reason, peer: peer ?? "unknown", detail });
  }

  private tell(event: ListenerEvent): void {
    this.options.onEvent(this.options.server, this.address, event);
  }
}

/** Node has the verdict on a certificate at the socket (its type says Error, and it is a code), OpenSSL's apart. */
function handshakeProblem(error: Error, { authorizationError }: TLSSocket): string {
  const reason = "reason" in error ? error.reason : undefined;
  return `the handshake failed: ${authorizationError ?? reason ?? error.message}`;
}
