import { assertNever } from "../../core/assert-never.js";
import type { ComponentReason } from "../../core/component-reasons.js";
import type { Component } from "../../core/registry.js";
import type { Health } from "../health.js";

/** What decides, and what those are told that are turned away. */
export interface GuardOptions {
  /** The component whose health decides. Default: `readiness`. */
  readonly component?: string;
  /** After how many whole seconds a refused client may try again. Default: 5. */
  readonly retryAfterSeconds?: number;
}

/** The value of the header. @throws Error where it would be none. */
export function retryAfter({ retryAfterSeconds = 5 }: GuardOptions): string {
  if (Number.isInteger(retryAfterSeconds) && retryAfterSeconds >= 0) return String(retryAfterSeconds);
  throw new Error(`retryAfterSeconds is ${retryAfterSeconds}: give whole seconds, as in 5`);
}

/** Whether a request is let through, as the component is now. */
export type Admission =
  | { readonly kind: "pass" }
  /** With a word about it: `degraded; reason=cache_slow`. */
  | { readonly kind: "pass_degraded"; readonly note: string }
  | { readonly kind: "refuse"; readonly reason: string; readonly message: string };

/** The response header (in gRPC, metadata) of what a degraded component lets through. */
export const degradedHeader = "x-gpu-health";

/** Asked for each request, so it works a component's state out once: a change makes a new state. */
export function admissionTo(health: Pick<Health, "get">, component: string): () => Admission {
  let known: Component | undefined;
  let admission = admissionOf(component, known);
  return () => {
    const now = health.get(component);
    if (now !== known) {
      known = now;
      admission = admissionOf(component, now);
    }
    return admission;
  };
}

function admissionOf(name: string, component: Component | undefined): Admission {
  if (component === undefined) {
    const reason: ComponentReason = "component_not_found";
    return { kind: "refuse", reason, message: `there is no component ${JSON.stringify(name)}` };
  }
  const { status, reason, message } = component;
  switch (status) {
    case "healthy":
      return { kind: "pass" };
    case "degraded":
      return { kind: "pass_degraded", note: `degraded; reason=${encodeURIComponent(reason)}` };
    case "unhealthy":
    case "unknown":
      return { kind: "refuse", reason, message };
    default:
      return assertNever(status);
  }
}
