import type { Clock } from "../../core/clock.js";
import type { ComponentState, Registry, Transition } from "../../core/registry.js";
import { compareStatus } from "../../core/status.js";
import { FlapFilter, flapWindowMs } from "./flapping.js";
import type { LogFields, Logger, LogLevel } from "./logger.js";

/**
 * One line for each change of a component's status or reason; of one that changes again and again the first few, and then
 * a summary now and then. Gives a function that ends it.
 */
export function logTransitions(registry: Registry, logger: Logger, clock: Clock): () => void {
  /** When each component came to be as it is. The wall clock may jump, and durations with it. */
  const changedAtMs = new Map<string, number>();
  const sayFlapping = ({ component, flappingReason }: Flapping, changes: number): void => {
    const now = registry.get(component);
    const is = now === undefined ? "it is no longer served" : `it is ${now.status} now (${now.reason}: ${now.message})`;
    const minutes = flapWindowMs / 60_000;
    const message = `component ${component} goes up and down (${flappingReason}): ${changes} changes without a line each, summed up every ${minutes} minutes; ${is}`;
    const fields = { component, flappingReason, changes, to: now?.status ?? null };
    logger.warn("flapping", message, { ...fields, ...(now === undefined ? {} : explanation(now)) });
  };
  const filter = new FlapFilter<Flapping>(clock, sayFlapping);

  return registry.onTransition((transition) => {
    const { from, to } = transition;
    const about = to ?? from;
    // An alias changes whenever its component does: one line for one change.
    if (about === undefined || about.aliasOf !== undefined) return;
    const { name } = about;
    const before = changedAtMs.get(name);
    const nowMs = clock.nowMs();
    if (to === undefined) changedAtMs.delete(name);
    else changedAtMs.set(name, nowMs);

    const flapping = { component: name, flappingReason: problemOf(transition) };
    const decision = isAskedFor(transition) ? "log" : filter.change(JSON.stringify(flapping), flapping);
    if (decision === "announce") sayFlapping(flapping, 1);
    if (decision !== "log") return;
    logger[levelOf(transition)]("transition", sentence(name, from, to), {
      component: name,
      from: from?.status ?? null,
      to: to?.status ?? null,
      ...(from === undefined || before === undefined ? {} : { lastedSeconds: Math.round(nowMs - before) / 1000 }),
      ...(to === undefined ? {} : { ...explanation(to), ...to.decidedBy }),
    });
  });
}

/** What comes and goes: another problem of the same component has lines again. */
interface Flapping {
  readonly component: string;
  readonly flappingReason: string;
}

const problemOf = ({ from, to }: Transition): string =>
  (to === undefined || to.status === "healthy" ? from?.reason : to.reason) ?? "ok";

/** Worse is a warning, unless somebody asked for it, or it follows from what has a warning of its own. A component that has just appeared and knows nothing is no news. */
function levelOf({ from, to }: Transition): LogLevel {
  if (to === undefined) return "info";
  if (isOnPurpose(to)) return "info";
  if (to.consequenceOf !== undefined) return "info";
  if (from === undefined && to.status === "unknown") return "debug";
  return compareStatus(to.status, from?.status ?? "healthy") > 0 ? "warn" : "info";
}

const isOnPurpose = (state: ComponentState | undefined): boolean =>
  state?.reason === "draining" || state?.reason === "shutting_down";

/** The beginning and the end of a drain: somebody is there who waits for these lines. */
const isAskedFor = ({ from, to }: Transition): boolean => isOnPurpose(from) || isOnPurpose(to);

function explanation({ reason, message, remedy, consequenceOf, sinceWallMs }: ComponentState): LogFields {
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
