import type { IncomingMessage, ServerResponse } from "node:http";
import { checkedPrefix, isHealthPath, originalUrlOf, pathBelow, pathOf } from "../../outputs/http/paths.js";
import type { Next } from "../../outputs/http/router.js";
import type { Health } from "../health.js";
import { type Admission, admissionTo, degradedHeader, type GuardOptions, retryAfter } from "./admission.js";

/** The same, and where the health endpoints are. */
export interface HttpGuardOptions extends GuardOptions {
  /** What the paths of the health endpoints begin with, as the router has it: `/internal`. Nothing by default. */
  readonly prefix?: string;
}

/** True where it let the request through, after `next` where there is one; false where it has answered. */
export type HttpGuard = (request: IncomingMessage, response: ServerResponse, next?: Next) => boolean;

/**
 * Answers 503 with the reason and `Retry-After` while a component is unhealthy, unknown or drained. Lets requests through
 * while it is healthy, and while it is degraded with the header `x-gpu-health`. `GET` and `HEAD` of the probes, the report
 * and the metrics always pass, as if there were no guard.
 *
 * ```ts
 * app.use(httpGuard(health)); // Express and its like
 * createServer((request, response) => {
 *   if (guard(request, response)) answer(request, response);
 * });
 * ```
 */
export function httpGuard(health: Pick<Health, "get">, options: HttpGuardOptions = {}): HttpGuard {
  const { component = "readiness" } = options;
  const prefix = checkedPrefix(options.prefix ?? "");
  const admission = admissionTo(health, component);
  const retryIn = retryAfter(options);
  return (request, response, next) => {
    const now = admission();
    if (now.kind !== "pass" && !isForHealth(request.method, originalUrlOf(request), prefix)) {
      if (now.kind === "refuse") {
        const { statusCode, headers, body } = refusalOf(now, component, retryIn);
        response.writeHead(statusCode, headers).end(body);
        return false;
      }
      response.setHeader(degradedHeader, now.note);
    }
    next?.();
    return true;
  };
}

/** What is needed of a request of Fastify. */
export interface FastifyRequestLike {
  readonly method: string;
  readonly url: string;
}

/** What is needed of a reply of Fastify. */
export interface FastifyReplyLike {
  code(statusCode: number): unknown;
  header(name: string, value: string): unknown;
  send(body: string): unknown;
}

/** {@link httpGuard} as a hook of Fastify: `app.addHook("onRequest", fastifyGuard(health))`. */
export function fastifyGuard(
  health: Pick<Health, "get">,
  options: HttpGuardOptions = {},
): (request: FastifyRequestLike, reply: FastifyReplyLike, done: () => void) => void {
  const { component = "readiness" } = options;
  const prefix = checkedPrefix(options.prefix ?? "");
  const admission = admissionTo(health, component);
  const retryIn = retryAfter(options);
  return (request, reply, done) => {
    const now = admission();
    if (now.kind !== "pass" && !isForHealth(request.method, request.url, prefix)) {
      if (now.kind === "refuse") {
        const { statusCode, headers, body } = refusalOf(now, component, retryIn);
        reply.code(statusCode);
        for (const [name, value] of Object.entries(headers)) reply.header(name, value);
        reply.send(body);
        return;
      }
      reply.header(degradedHeader, now.note);
    }
    done();
  };
}

/** As RFC 9457 has the body of an error. */
function refusalOf({ reason, message }: Extract<Admission, { kind: "refuse" }>, component: string, retryIn: string) {
  return {
    statusCode: 503,
    headers: { "content-type": "application/problem+json", "retry-after": retryIn },
    body: JSON.stringify({ title: "Service Unavailable", status: 503, detail: message, reason, component }),
  };
}

function isForHealth(method: string | undefined, url: string, prefix: string): boolean {
  if (method !== "GET" && method !== "HEAD") return false;
  const path = pathBelow(prefix, pathOf(url));
  return path !== undefined && isHealthPath(path, { isMounted: prefix !== "" });
}
