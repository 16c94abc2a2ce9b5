import type { CheckEntry } from "../../core/component.js";
import { labelOf } from "../../core/component.js";
import type { Registry } from "../../core/registry.js";
import type { Failure, View } from "./decision.js";

const nothingFails: View = { hold: undefined, failures: [] };

/**
 * What speaks for a restart of the program behind a component, and what against it. Only the critical checks that are
 * unhealthy by themselves count: not a consequence of another check, and not a check that others of the component depend
 * on, since that one is about the dependency. `own` is the check of the supervisor itself.
 */
export function viewOf(registry: Registry, component: string, own: string): View {
  const contributions = registry.contributions(component).filter(({ check }) => check !== own);
  const dependencies = new Set(contributions.flatMap(({ dependsOn = [] }) => dependsOn));
  const failing = contributions.filter(({ role, status }) => role === "critical" && status === "unhealthy");
  if (failing.length === 0) return nothingFails;

  const drain = registry.drainState;
  if (drain !== undefined) return held("draining", `traffic is turned away on purpose: ${drain.message}`);
  const entries = new Map(registry.checks().map((entry) => [labelOf(entry.check, entry), entry]));
  const beyond = failing.find(({ label }) => cannotMend(entries.get(label)));
  if (beyond !== undefined) {
    return held("restart_cannot_mend", `a restart does not mend ${beyond.reason}: ${beyond.message}`);
  }
  const ownFailures = failing.filter(
    ({ check, consequenceOf }) => consequenceOf === undefined && !dependencies.has(check),
  );
  const [first] = failing;
  if (ownFailures.length === 0 && first !== undefined) {
    return held("dependency_fails", `${first.consequenceOf ?? first.label} fails, on which the rest depends`);
  }
  return { hold: undefined, failures: ownFailures.flatMap(({ label }) => failureOf(label, entries.get(label))) };
}

const held = (reason: string, why: string): View => ({ hold: { reason, why }, failures: [] });

const cannotMend = (entry: CheckEntry | undefined): boolean => entry?.state.reported.mendedByRestart === false;

function failureOf(label: string, entry: CheckEntry | undefined): readonly Failure[] {
  if (entry === undefined) return [];
  const { reported, consecutiveFailures, sinceMs } = entry.state;
  return [{ label, reason: reported.reason, message: reported.message, consecutiveFailures, sinceMs }];
}
