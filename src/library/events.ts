import type { Component, Registry } from "../core/registry.js";
import { callHost } from "./host-code.js";

/** A component has another status or another reason. */
export interface ComponentChange {
  /** Its name. */
  readonly component: string;
  /** Undefined: it is new. */
  readonly from: Component | undefined;
  /** Undefined: it is no longer served. */
  readonly to: Component | undefined;
}

/** What can be listened to, and what the listener is told. */
export interface HealthEvents {
  /** A component's status is another one. */
  status: ComponentChange;
  /** A component's status or reason is another one. */
  transition: ComponentChange;
}

/**
 * Calls `listener` on each event of this name, after the change. What a listener changes itself is told after that, to all
 * in the same order. Gives a function that ends it.
 */
export function listen<Name extends keyof HealthEvents>(
  registry: Registry,
  name: Name,
  listener: (event: HealthEvents[Name]) => void,
): () => void {
  if (name !== "status" && name !== "transition") {
    throw new Error(`there is no event ${JSON.stringify(name)}: listen to status or transition`);
  }
  return registry.onTransition(({ from, to }) => {
    const about = to ?? from;
    if (about === undefined || (name === "status" && from?.status === to?.status)) return;
    callHost(() => listener({ component: about.name, from, to }));
  });
}
