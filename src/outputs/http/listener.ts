import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../../core/clock.js";
import type { ConnectionLimits, ListenOptions } from "../../core/listen-options.js";
import type { ListenerState, OnListenerEvent, ServerName } from "../../core/listener-state.js";
import { ConnectionCount } from "../../net/connection-count.js";
import { Gate } from "../../net/gate.js";
import { listen as listenOn } from "../../net/listen.js";
import { Connections } from "./connections.js";

/** A server on all of its addresses, or on none. */
export interface Listener {
  /**
   * Gives the bound addresses, with the port that the system chose where 0 was asked. Throws a `ListenError` or a
   * `TlsFilesError`.
   */
  start(): Promise<readonly string[]>;
  /** Takes no new connections; requests in flight may end until `deadlineMs` have passed. */
  stop(deadlineMs: number): Promise<void>;
  /** Of every address that is listened on. */
  listenerStates(): readonly ListenerState[];
}

/** Where a server listens, for whom, and how many. */
export interface AccessOptions extends ConnectionLimits {
  readonly listen: readonly ListenOptions[];
  readonly clock: Clock;
  readonly onListenerEvent: OnListenerEvent;
}

export interface ListenerOptions extends AccessOptions {
  /**
   * Gives what answers requests. Called at the first one, or a moment after the start: Node's `Request` and `Response`,
   * and the routes with their schemas, cost a start some 30 ms.
   */
  readonly load: () => Promise<Fetch>;
  /** Told why a request could not be answered: what answers it could not be loaded. */
  readonly onError: (error: unknown) => void;
  /** Whose it is. Operators change where it listens with the flag and the option of this name. */
  readonly server: ServerName;
}

export type Fetch = (request: Request, from: Peer) => Response | Promise<Response>;

/** Where a request came from. */
export interface Peer {
  /** Of the other end of the connection; undefined where that is a Unix socket. */
  readonly address: string | undefined;
  /** The address that it came to. */
  readonly listener: string;
}

/** A client that sends its request slower than this is cut off. Probes are one small packet. */
const requestTimeoutMs = 10_000;
/** Longer than the scrape and probe intervals in use, so that clients keep their connection and meet no reset. */
const keepAliveMs = 75_000;

/** Of a request line with its headers; more is answered 431. Probes and scrapes have less than one. */
const maxHeaderBytes = 16 * 1024;

/**
 * After the start, so that it does not wait for it, and before anything is scarce: a file that cannot be read once, for too
 * many are open, is one that Node's module loader never reads again.
 */
const loadAfterMs = 10_000;

interface HttpServer {
  readonly server: Server;
  readonly gate: Gate;
  readonly connections: Connections;
  /** Gives what answers its requests, and has it ready from then on. */
  readonly load: () => Promise<Answer>;
}

export function createListener(options: ListenerOptions): Listener {
  const { listen, server: name, clock } = options;
  let servers: readonly HttpServer[] = [];
  let cancelLoad = (): void => {};
  return {
    async start() {
      const count = new ConnectionCount(options);
      const started: HttpServer[] = [];
      servers = started;
      const bound: string[] = [];
      try {
        for (const each of listen) {
          const created = await createHttpServer(each, count, options);
          started.push(created);
          const address = await listenOn(created.server, each.address, `--${name} or ${name}.listen`);
          created.gate.boundTo(address);
          bound.push(address);
        }
      } catch (error) {
        await Promise.all(started.map((server) => close(server, 0, clock)));
        throw error;
      }
      if (servers.length > 0) {
        cancelLoad = clock.schedule(loadAfterMs, () => {
          // A failure is told with the request that it leaves without an answer.
          for (const { load } of servers) load().catch(() => {});
        });
      }
      return bound;
    },
    async stop(deadlineMs) {
      cancelLoad();
      await Promise.all(servers.map((server) => close(server, deadlineMs, clock)));
      servers = [];
    },
    listenerStates: () => servers.map(({ gate }) => gate.state),
  };
}

async function createHttpServer(
  listen: ListenOptions,
  count: ConnectionCount,
  { load, server: name, clock, onListenerEvent, onError }: ListenerOptions,
): Promise<HttpServer> {
  const server = createServer({
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: requestTimeoutMs / 2,
    keepAliveTimeout: keepAliveMs,
    maxHeaderSize: maxHeaderBytes,
  });
  const connections = new Connections();
  // Node's own way of serving a connection, which `https` calls in the same manner once a handshake is done.
  const [serveConnection] = server.listeners("connection");
  server.removeAllListeners("connection");
  const gate = await Gate.open({
    server: name,
    listen,
    count,
    protocol: "http/1.1",
    clock,
    onEvent: onListenerEvent,
    serve(socket) {
      connections.add(socket);
      serveConnection?.call(server, socket);
    },
  });
  server.on("connection", (socket: Socket) => gate.admit(socket));
  const from = (remoteAddress: string | undefined): Peer => ({
    address: gate.isUnixSocket ? undefined : (remoteAddress ?? "gone"),
    listener: gate.state.address,
  });
  let loading: Promise<Answer> | undefined;
  const loaded = (): Promise<Answer> => {
    loading ??= loadAnswer(load, from).catch((error: unknown) => {
      // What could not be loaded now may be later.
      loading = undefined;
      throw error;
    });
    return loading;
  };
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (!connections.admit(request.socket, response)) return;
    // No answer depends on it, and health checkers send names that are no valid host: Envoy its cluster's, for one.
    request.headers.host = "localhost";
    loaded().then(
      (answer) => answer(request, response),
      (error: unknown) => {
        onError(error);
        response
          .writeHead(503, { "content-type": "text/plain" })
          .end("this server cannot load its routes: see its log\n");
      },
    );
  });
  return { server, gate, connections, load: loaded };
}

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

async function loadAnswer(
  load: ListenerOptions["load"],
  from: (remoteAddress: string | undefined) => Peer,
): Promise<Answer> {
  const [fetch, { getRequestListener }] = await Promise.all([load(), import("@hono/node-server")]);
  // Otherwise the adapter would replace the global Request and Response of a host program.
  const options = { overrideGlobalObjects: false };
  return getRequestListener((request, { incoming }) => fetch(request, from(incoming.socket.remoteAddress)), options);
}

function close({ server, gate, connections }: HttpServer, deadlineMs: number, clock: Clock): Promise<void> {
  gate.close();
  return new Promise((resolve) => {
    const cancelDeadline = clock.schedule(deadlineMs, () => gate.breakOff());
    // An error here says that the server never listened: then there is nothing to wait for.
    server.close(() => {
      cancelDeadline();
      resolve();
    });
    connections.closeWhenIdle();
  });
}
