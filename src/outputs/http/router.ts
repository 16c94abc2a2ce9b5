import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { HttpEndpoints } from "./http-server.js";
import { httpPaths } from "./paths.js";

/** Passes a request on to what comes after, as Express and its like have it. */
export type Next = (error?: unknown) => void;

/** Answers requests of somebody else's server: a listener of `node:http`, and middleware where it is given `next`. */
export type Router = (request: IncomingMessage, response: ServerResponse, next?: Next) => void;

export interface RouterOptions {
  /** What the paths begin with, as in `/internal`; nothing by default. */
  readonly prefix?: string;
}

/** What the routes read of a request. */
const readHeaders = ["authorization", "traceparent"] as const;

/**
 * The endpoints on a server that is not ours. What is none of them is passed on, or answered 404 where there
 * is no `next`. At the root of a server with other routes `/` is passed on too: it is the host's own page.
 */
export function createRouter(endpoints: HttpEndpoints, { prefix = "" }: RouterOptions = {}): Router {
  return (request, response, next) => {
    const path = pathBelow(prefix, request.url ?? "/");
    const isGet = request.method === "GET" || request.method === "HEAD";
    const isMounted = prefix !== "" || baseOf(request) !== "";
    const isOurs = isGet && path !== undefined && httpPaths.has(path) && (path !== "/" || isMounted);
    if (next !== undefined && !isOurs) {
      next();
      return;
    }
    answer(endpoints, path ?? "/not-below-the-prefix", request, response).catch((error: unknown) => {
      if (next === undefined) response.destroy(error instanceof Error ? error : undefined);
      else next(error);
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

/** The path without query and prefix; undefined where it is not below the prefix. */
function pathBelow(prefix: string, url: string): string | undefined {
  const path = url.split("?", 1)[0] ?? "/";
  if (path === prefix) return "/";
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : undefined;
}

/** Where Express and its like have mounted the middleware; they take it off the URL. */
function baseOf(request: IncomingMessage & { readonly baseUrl?: unknown }): string {
  return typeof request.baseUrl === "string" ? request.baseUrl : "";
}
