import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { listen as listenOn } from "../../net/listen.js";
import { Connections } from "./connections.js";

/** A server on all of its addresses, or on none. */
export interface Listener {
  /** Gives the bound addresses, with the port that the system chose where 0 was asked. Throws a `ListenError`. */
  start(): Promise<readonly string[]>;
  /** Takes no new connections; requests in flight may end until `deadlineMs` have passed. */
  stop(deadlineMs: number): Promise<void>;
}

export interface ListenerOptions {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`. */
  readonly listen: readonly string[];
  /** What the operator changes to listen elsewhere, for error messages: `--http or http.listen`. */
  readonly option: string;
}

/** A client that sends its request slower than this is cut off. Probes are one small packet. */
const requestTimeoutMs = 10_000;
/** Longer than the scrape and probe intervals in use, so that clients keep their connection and meet no reset. */
const keepAliveMs = 75_000;

interface HttpServer {
  readonly server: Server;
  readonly connections: Connections;
}

export function createListener({ fetch, listen, option }: ListenerOptions): Listener {
  // Without `overrideGlobalObjects: false` the adapter would replace the global Request and Response of a host program.
  const answer = getRequestListener(fetch, { overrideGlobalObjects: false });
  let servers: readonly HttpServer[] = [];
  return {
    async start() {
      const started: HttpServer[] = [];
      servers = started;
      const bound: string[] = [];
      try {
        for (const text of listen) {
          const created = createHttpServer(answer);
          started.push(created);
          bound.push(await listenOn(created.server, text, option));
        }
      } catch (error) {
        await Promise.all(started.map((server) => close(server, 0)));
        throw error;
      }
      return bound;
    },
    async stop(deadlineMs) {
      await Promise.all(servers.map((server) => close(server, deadlineMs)));
      servers = [];
    },
  };
}

function createHttpServer(answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>): HttpServer {
  const server = createServer({
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: requestTimeoutMs / 2,
    keepAliveTimeout: keepAliveMs,
  });
  const connections = new Connections();
  server.on("connection", (socket) => connections.add(socket));
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (!connections.admit(request.socket, response)) return;
    // No answer depends on it, and health checkers send names that are no valid host: Envoy its cluster's, for one.
    request.headers.host = "localhost";
    void answer(request, response);
  });
  return { server, connections };
}

function close({ server, connections }: HttpServer, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), deadlineMs);
    // An error here says that the server never listened: then there is nothing to wait for.
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    connections.closeWhenIdle();
  });
}
