import type { DecidedBy } from "../../core/evaluation.js";
import type { ProbeResult } from "../../core/probe-counts.js";
import type { ComponentState, Registry } from "../../core/registry.js";
import type { Status } from "../../core/status.js";

/** One component that does not do its work fully, as `/readyz` lists it, with the check that decides it. */
export interface FailingComponent extends Partial<DecidedBy> {
  readonly status: Status;
  readonly reason: string;
  readonly message: string;
  readonly remedy?: string;
  /** ISO 8601. */
  readonly since: string;
}

export interface ReadinessBody extends Partial<DecidedBy> {
  readonly status: "ready" | "degraded" | "not_ready";
  /** Code and sentence of the first cause: `insufficient_gpu_memory: 0.3 GiB free on gpu/0, 2 GiB needed`. */
  readonly reason?: string;
  readonly remedy?: string;
  readonly components?: Readonly<Record<string, FailingComponent>>;
}

export interface ProbeAnswer<Body> {
  readonly statusCode: 200 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
  readonly result: ProbeResult;
}

/** Names that sum others up; in a list of what fails they would only repeat it. */
const sums: ReadonlySet<string> = new Set(["readiness", "startup"]);

/** Whether traffic may flow, as the component `name` has it (`readiness`, `startup`): 200 while it is SERVING. */
export function readinessAnswer(registry: Registry, name: string): ProbeAnswer<ReadinessBody> {
  const component = registry.get(name);
  if (component === undefined) {
    const reason = `component_not_found: no component ${name} is defined`;
    return { statusCode: 503, headers: {}, body: { status: "not_ready", reason }, result: "not_found" };
  }
  const headers = envoyHeaders(component);
  const isServing = component.serving === "SERVING";
  const common = { statusCode: isServing ? 200 : 503, headers, result: resultOf(component) } as const;
  if (component.status === "healthy") return { ...common, body: { status: "ready" } };
  const { reason, message, remedy, decidedBy } = component;
  return {
    ...common,
    body: {
      status: isServing ? "degraded" : "not_ready",
      reason: `${reason}: ${message}`,
      ...(remedy === undefined ? {} : { remedy }),
      ...decidedBy,
      components: failing(registry),
    },
  };
}

/**
 * Whether this process should be left alone: 503 only where its own checks say that it is stuck. A drain or a shutdown
 * is no reason to kill it, and before the first check the answer itself is the sign of life.
 */
export function livenessAnswer(registry: Registry): ProbeAnswer<string> {
  const component = registry.get("liveness");
  if (component?.checked.status !== "unhealthy") return { statusCode: 200, headers: {}, body: "ok", result: "serving" };
  const cause = registry
    .contributions(component.name)
    .find(({ role, status }) => role === "critical" && status === "unhealthy");
  const body = cause === undefined ? component.message : `${cause.reason}: ${cause.message}`;
  return { statusCode: 503, headers: {}, body, result: "not_serving" };
}

/**
 * What Envoy's HTTP health checker takes from headers; their presence counts, not their value. `x-envoy-degraded` on a
 * 200 keeps the host for when the healthy ones are too few. `x-envoy-immediate-health-check-fail` takes the host out
 * without waiting for its threshold and leaves it out of the count that decides on panic mode. That fits a host that
 * leaves on purpose, so only a drain and a shutdown send it: hosts that fail must count, or a fault of all of them
 * would look like an empty but sound cluster.
 */
export function envoyHeaders({ status, reason }: Pick<ComponentState, "status" | "reason">): Record<string, string> {
  if (status === "degraded") return { "x-envoy-degraded": "true" };
  if (reason === "draining" || reason === "shutting_down") return { "x-envoy-immediate-health-check-fail": "true" };
  return {};
}

function failing(registry: Registry): Record<string, FailingComponent> {
  const components: Record<string, FailingComponent> = {};
  for (const { name, aliasOf, status, reason, message, remedy, sinceWallMs, decidedBy } of registry.list()) {
    if (status === "healthy" || aliasOf !== undefined || sums.has(name)) continue;
    const since = new Date(sinceWallMs).toISOString();
    components[name] = { status, reason, message, ...(remedy === undefined ? {} : { remedy }), ...decidedBy, since };
  }
  return components;
}

export function resultOf({ serving }: Pick<ComponentState, "serving">): ProbeResult {
  return serving === "SERVING" ? "serving" : serving === "NOT_SERVING" ? "not_serving" : "unknown";
}
