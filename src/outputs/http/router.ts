import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { HttpEndpoints } from "./http-server.js";
import { checkedPrefix, isHealthPath, originalUrlOf, pathBelow, pathOf } from "./paths.js";

/** Passes a request on to what comes after, as Express and its like have it. */
export type Next = (error?: Error) => void;

/** Answers requests of somebody else's server: a listener of `node:http`, and middleware where it is given `next`. */
export type Router = (request: IncomingMessage, response: ServerResponse, next?: Next) => void;

/** Where the endpoints are. */
export interface RouterOptions {
  /** What the paths begin with, as in `/internal`; nothing by default. */
  readonly prefix?: string;
}

/** What the routes read of a request. */
const readHeaders = ["authorization", "traceparent"] as const;

/**
 * The endpoints on a server that is not ours. What is none of them is passed on, or answered 404 where there is no `next`.
 * At the root of a server with other routes the status page is passed on too: `/` is the host's own.
 */
export function createRouter(endpoints: HttpEndpoints, options: RouterOptions = {}): Router {
  const prefix = checkedPrefix(options.prefix ?? "");
  return (request, response, next) => {
    const path = pathBelow(prefix, pathOf(request.url ?? "/"));
    const whole = pathOf(originalUrlOf(request));
    const isGet = request.method === "GET" || request.method === "HEAD";
    const isOurs = isGet && path !== undefined && isHealthPath(path, { isMounted: path !== whole });
    if (next !== undefined && !isOurs) {
      next();
      return;
    }
    if (path === "/" && !whole.endsWith("/")) {
      // The page's links are relative to its own address.
      response.writeHead(308, { location: `${whole}/` }).end();
      return;
    }
    answer(endpoints, path ?? "/not-below-the-prefix", request, response).catch((cause: unknown) => {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      if (next !== undefined) next(error);
      else if (response.headersSent) response.destroy(error);
      else response.writeHead(500).end(`the request could not be answered: ${error.message}\n`);
    });
  };
}

async function answer(
  endpoints: HttpEndpoints,
  path: string,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const headers = readHeaders.flatMap((name): [string, string][] => {
    const value = incoming.headers[name];
    return typeof value === "string" ? [[name, value]] : [];
  });
  const request = new Request(`http://localhost${path}`, { method: incoming.method ?? "GET", headers });
  const fetch = await endpoints.load();
  const answered = await fetch(request, { address: incoming.socket.remoteAddress, listener: "router" });
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  if (answered.body === null) {
    response.end();
    return;
  }
  // A stream of the live state goes on until either side ends it; the client may do so at any time.
  await pipeline(Readable.fromWeb(answered.body), response).catch(() => response.destroy());
}
