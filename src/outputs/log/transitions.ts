import type { ComponentState, Registry, Transition } from "../../core/registry.js";
import { compareStatus } from "../../core/status.js";
import type { Logger, LogLevel } from "./logger.js";

/** One line for each change of a component's status or reason. Gives a function that ends it. */
export function logTransitions(registry: Registry, logger: Logger): () => void {
  return registry.onTransition((transition) => {
    const about = transition.to ?? transition.from;
    // An alias changes whenever its component does: one line for one change.
    if (about === undefined || about.aliasOf !== undefined) return;
    const { name } = about;
    const { from, to } = transition;
    logger[levelOf(transition)]("transition", sentence(name, from, to), {
      component: about.name,
      from: from?.status ?? null,
      to: to?.status ?? null,
      ...(to === undefined ? {} : explanation(to)),
    });
  });
}

/** Worse is a warning, unless somebody asked for it, or it follows from what has a warning of its own. A component that has just appeared and knows nothing is no news. */
export function levelOf({ from, to }: Transition): LogLevel {
  if (to === undefined) return "info";
  if (to.reason === "draining" || to.reason === "shutting_down") return "info";
  if (to.consequenceOf !== undefined) return "info";
  if (from === undefined && to.status === "unknown") return "debug";
  return compareStatus(to.status, from?.status ?? "healthy") > 0 ? "warn" : "info";
}

function explanation({ reason, message, remedy, consequenceOf, sinceWallMs }: ComponentState): Record<string, string> {
  const since = new Date(sinceWallMs).toISOString();
  return {
    reason,
    message,
    ...(remedy === undefined ? {} : { remedy }),
    ...(consequenceOf === undefined ? {} : { consequenceOf }),
    since,
  };
}

function sentence(name: string, from: ComponentState | undefined, to: ComponentState | undefined): string {
  if (to === undefined) return `component ${name} is no longer served`;
  const why = to.reason === "ok" ? "" : ` (${to.reason}: ${to.message})`;
  if (from === undefined) return `component ${name} is ${to.status}${why}`;
  if (from.status === to.status) return `component ${name} is still ${to.status}, now for another reason${why}`;
  return `component ${name} went from ${from.status} to ${to.status}${why}`;
}
