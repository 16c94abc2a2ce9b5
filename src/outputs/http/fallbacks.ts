import type { Env, Hono } from "hono";
import { traceIdOf } from "../../core/trace-context.js";
import { jsonResponse } from "./json.js";

/** Told of a request that failed inside the server; the client gets a 500. */
export type OnRequestError = (error: unknown, traceId?: string) => void;

/** One method of one path, as the answers to unknown ones list it. */
export interface Endpoint {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** As people read it: a capital word stands for a name of the caller's. */
  readonly path: string;
  /** As the router has it, where that differs. */
  readonly route?: string;
  readonly summary: string;
}

/**
 * Answers what no endpoint takes: 405 where the path is known, 404 elsewhere, each with the endpoints that there are,
 * and 500 where an endpoint failed. To be called once all endpoints are routed.
 */
export function addFallbacks<E extends Env>(
  app: Hono<E>,
  endpoints: readonly Endpoint[],
  onError: OnRequestError,
): void {
  const list = endpoints.map(({ method, path, summary }) => `${method} ${path}: ${summary}`);
  for (const route of new Set(endpoints.map(routeOf))) {
    const methods = endpoints.filter((endpoint) => routeOf(endpoint) === route).map(({ method }) => method);
    const allow = methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ");
    app.all(route, () => jsonResponse(405, { error: `this path takes ${allow} only`, endpoints: list }, { allow }));
  }
  app.notFound(() => jsonResponse(404, { error: "there is no such path", endpoints: list }));
  app.onError((error, context) => {
    onError(error, traceIdOf(context.req.header("traceparent")));
    return jsonResponse(500, { error: "this request failed inside the server; its log says why" });
  });
}

const routeOf = ({ path, route }: Endpoint): string => route ?? path;
