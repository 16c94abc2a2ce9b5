import type { IncomingMessage, ServerResponse } from "node:http";
import { httpPaths } from "../../outputs/http/paths.js";
import type { Next } from "../../outputs/http/router.js";
import type { Health } from "../health.js";
import { type Admission, admissionTo, degradedHeader, type GuardOptions } from "./admission.js";

/** True where it let the request through, after `next` where there is one; false where it has answered. */
export type HttpGuard = (request: IncomingMessage, response: ServerResponse, next?: Next) => boolean;

/**
 * Answers 503 with the reason and `Retry-After` while a component is unhealthy, unknown or drained. Lets requests through
 * while it is healthy, and while it is degraded with the header `x-gpu-health`. The paths of the probes, the report and
 * the metrics always pass.
 *
 * ```ts
 * app.use(httpGuard(health)); // Express and its like
 * createServer((request, response) => {
 *   if (guard(request, response)) answer(request, response);
 * });
 * ```
 */
export function httpGuard(health: Pick<Health, "get">, options: GuardOptions = {}): HttpGuard {
  const { component = "readiness" } = options;
  const admission = admissionTo(health, component);
  return (request, response, next) => {
    const now = admission();
    if (now.kind === "refuse" && !isHealthPath(originalUrl(request))) {
      const { statusCode, headers, body } = refusalOf(now, component, options);
      response.writeHead(statusCode, headers).end(body);
      return false;
    }
    if (now.kind === "pass_degraded") response.setHeader(degradedHeader, now.note);
    next?.();
    return true;
  };
}

/** What is needed of Fastify's request and reply. */
export interface FastifyRequestLike {
  readonly url: string;
}
export interface FastifyReplyLike {
  code(statusCode: number): unknown;
  header(name: string, value: string): unknown;
  send(body: string): unknown;
}

/** {@link httpGuard} as a hook of Fastify: `app.addHook("onRequest", fastifyGuard(health))`. */
export function fastifyGuard(
  health: Pick<Health, "get">,
  options: GuardOptions = {},
): (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void {
  const { component = "readiness" } = options;
  const admission = admissionTo(health, component);
  return (request, reply, done) => {
    const now = admission();
    if (now.kind === "refuse" && !isHealthPath(request.url)) {
      const { statusCode, headers, body } = refusalOf(now, component, options);
      reply.code(statusCode);
      for (const [name, value] of Object.entries(headers)) reply.header(name, value);
      reply.send(body);
      return;
    }
    if (now.kind === "pass_degraded") reply.header(degradedHeader, now.note);
    done();
  };
}

/** As RFC 9457 has the body of an error. */
function refusalOf(
  { reason, message }: Extract<Admission, { kind: "refuse" }>,
  component: string,
  options: GuardOptions,
) {
  const { retryAfterSeconds = 5 } = options;
  return {
    statusCode: 503,
    headers: { "content-type": "application/problem+json", "retry-after": String(retryAfterSeconds) },
    body: JSON.stringify({ title: "Service Unavailable", status: 503, detail: message, reason, component }),
  };
}

const isHealthPath = (url: string): boolean => httpPaths.has(url.split("?", 1)[0] ?? "");

/** Express and its like take the path off the URL under which they have mounted the middleware. */
const originalUrl = (request: IncomingMessage & { readonly originalUrl?: unknown }): string =>
  typeof request.originalUrl === "string" ? request.originalUrl : (request.url ?? "/");
