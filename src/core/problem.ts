import type { AlertSeverity } from "./alerting.js";
import type { Clock } from "./clock.js";
import { type CheckEntry, labelOf } from "./component.js";
import type { Registry } from "./registry.js";
import type { Subject } from "./result.js";

/** One thing that is wrong: a check, or one subject of it, that is unhealthy or degraded. One cause is one problem. */
export interface Problem {
  /** Tells it from every other problem of this server: `cache`, `gpu on gpu/3`. */
  readonly key: string;
  readonly check: string;
  /** What the check looked at, where it has subjects: a GPU. */
  readonly subject?: Subject;
  /** The component that says most of where it is: the GPU, else the first configured one, else a built-in one. */
  readonly component: string;
  /** All components that are worse for it, and for what fails as its consequence. */
  readonly components: readonly string[];
  readonly severity: AlertSeverity;
  readonly status: "degraded" | "unhealthy";
  readonly reason: string;
  readonly message: string;
  readonly remedy?: string;
  readonly runbook?: string;
  readonly description?: string;
  /** Other faults of the same GPU: each name with a sentence. */
  readonly faults: readonly { readonly fault: string; readonly message: string }[];
  /** Checks that fail because of it. */
  readonly consequences: readonly string[];
  /** The check that it fails for: then it is that one's to tell. */
  readonly consequenceOf?: string;
  readonly consecutiveFailures: number;
  /** Such as a lost GPU: it needs no second look, and there may be no new one. */
  readonly isCertain: boolean;
  /** On the monotonic clock, in milliseconds, and as milliseconds since 1970. */
  readonly sinceMs: number;
  readonly sinceWallMs: number;
}

/** Everything that is wrong now. Costs next to nothing while all is well. */
export function problemsIn(registry: Registry, clock: Clock): readonly Problem[] {
  const failing = registry.checks().filter(({ state }) => state.status !== "healthy");
  if (failing.length === 0) return [];
  const effects = effectsIn(registry);
  const alone = failing.map((entry) => problemOf(entry, registry, clock, effects.get(labelOf(entry.check, entry))));
  return alone.map((problem) => withConsequences(problem, alone));
}

interface Effect {
  readonly components: string[];
  isCritical: boolean;
}

/** What each check that fails does to components, by its label. */
function effectsIn(registry: Registry): ReadonlyMap<string, Effect> {
  const effects = new Map<string, Effect>();
  for (const { name, aliasOf } of registry.list()) {
    if (aliasOf !== undefined) continue;
    for (const { label, role, status } of registry.contributions(name)) {
      if (status !== "unhealthy" && status !== "degraded") continue;
      const effect = effects.get(label) ?? { components: [], isCritical: false };
      effects.set(label, effect);
      effect.components.push(name);
      effect.isCritical ||= role === "critical" && status === "unhealthy";
    }
  }
  return effects;
}

function problemOf(entry: CheckEntry, registry: Registry, clock: Clock, effect: Effect | undefined): Problem {
  const { check, subject, state } = entry;
  const { reason, message, remedy, faults = [], immediate = false } = state.reported;
  const about = registry.aboutCheck(check);
  const consequenceOf = registry.consequenceOf(entry);
  const components = effect?.components ?? [];
  return {
    key: labelOf(check, entry),
    check,
    ...(subject === undefined ? {} : { subject }),
    component: subject?.name ?? components.find((name) => !builtIn.has(name)) ?? components.at(-1) ?? "readiness",
    components,
    severity: effect?.isCritical ? "critical" : "warning",
    status: state.status === "unhealthy" ? "unhealthy" : "degraded",
    reason,
    message,
    ...(remedy === undefined ? {} : { remedy }),
    ...(about?.runbook === undefined ? {} : { runbook: about.runbook }),
    ...(about?.description === undefined ? {} : { description: about.description }),
    faults: faults
      .filter(({ fault, severity }) => fault !== reason && severity !== "application")
      .map(({ fault, message }) => ({ fault, message })),
    consequences: [],
    ...(consequenceOf === undefined ? {} : { consequenceOf }),
    consecutiveFailures: state.consecutiveFailures,
    isCertain: immediate,
    sinceMs: state.sinceMs,
    sinceWallMs: clock.wallMs() - (clock.nowMs() - state.sinceMs),
  };
}

const builtIn: ReadonlySet<string> = new Set(["", "readiness", "liveness", "startup", "gpu"]);

/** What fails because of a problem makes it as bad as itself. */
function withConsequences(problem: Problem, all: readonly Problem[]): Problem {
  const following = all.filter(({ consequenceOf }) => consequenceOf === problem.check);
  if (following.length === 0) return problem;
  return {
    ...problem,
    components: [...new Set([problem, ...following].flatMap(({ components }) => components))],
    severity: [problem, ...following].some(({ severity }) => severity === "critical") ? "critical" : "warning",
    consequences: following.map(({ key }) => key),
  };
}

/** That an operator turns traffic away, for those who want to know. Undefined while nobody does. */
export function drainIn(registry: Registry, clock: Clock): Problem | undefined {
  const drain = registry.drainState;
  if (drain?.reason !== "draining") return undefined;
  return {
    key: drainKey,
    check: drainKey,
    component: "readiness",
    components: ["readiness"],
    severity: "warning",
    status: "unhealthy",
    reason: drain.reason,
    message: drain.message,
    faults: [],
    consequences: [],
    consecutiveFailures: 0,
    isCertain: true,
    sinceMs: clock.nowMs() - (clock.wallMs() - drain.sinceWallMs),
    sinceWallMs: drain.sinceWallMs,
  };
}

/** No check can have this name. */
const drainKey = "(drain)";
