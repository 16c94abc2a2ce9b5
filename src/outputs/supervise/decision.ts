import { assertNever } from "../../core/assert-never.js";
import { retryDelayMs } from "../../core/retry.js";
import type { RestartPolicy } from "../../core/supervision.js";

/** A check that fails by itself, in a way that a restart may mend. */
export interface Failure {
  /** `model`, or `gpu on gpu/3`. */
  readonly label: string;
  readonly reason: string;
  readonly message: string;
  /** Unhealthy answers in a row. */
  readonly consecutiveFailures: number;
  /** Since when it is unhealthy, on the monotonic clock. */
  readonly sinceMs: number;
}

/** How the component of the program is. */
export interface View {
  /** `hold`: a restart would not help, or is not wanted now; `why` is a sentence. */
  readonly hold: { readonly reason: string; readonly why: string } | undefined;
  readonly failures: readonly Failure[];
}

export type Phase =
  | { readonly kind: "watching" }
  /** A restart is due at `untilMs`. */
  | { readonly kind: "waiting"; readonly untilMs: number; readonly why: string; readonly isDown: boolean }
  | { readonly kind: "restarting"; readonly why: string; readonly isDown: boolean }
  /** No restart any more; `isDown`: the program does not run, so nothing mends it by itself. */
  | { readonly kind: "gave_up"; readonly why: string; readonly isDown: boolean };

export interface State {
  readonly phase: Phase;
  /** When the program was last started, or the watch began; on the monotonic clock. */
  readonly startedAtMs: number;
  /** The restarts of the window. */
  readonly restartsAtMs: readonly number[];
  /** Failures in a row that each check had when last seen within the grace period: they do not count. */
  readonly forgiven: ReadonlyMap<string, number>;
}

export type Event =
  | { readonly kind: "look"; readonly view: View }
  /** The program has ended though nobody asked it to. */
  | { readonly kind: "ended"; readonly why: string }
  | { readonly kind: "restarted" }
  /** `isDown`: the program does not run now. */
  | { readonly kind: "restart_failed"; readonly why: string; readonly isDown: boolean };

export const begin = (nowMs: number): State => ({
  phase: { kind: "watching" },
  startedAtMs: nowMs,
  restartsAtMs: [],
  forgiven: new Map(),
});

/**
 * The state after an event. A change into the phase `restarting` is the order to restart. `random` (0 to 1) spreads the
 * waits, so that machines that failed together do not come back together.
 */
export function next(state: State, event: Event, policy: RestartPolicy, nowMs: number, random: number): State {
  switch (event.kind) {
    case "look":
      return afterLook(state, event.view, policy, nowMs, random);
    case "ended":
      // While it is restarted it ends because it was told to.
      if (state.phase.kind === "restarting" || isDown(state.phase)) return state;
      return trouble(state, { why: event.why, isDown: true }, policy, nowMs, random);
    case "restarted":
      return { ...state, phase: { kind: "watching" }, startedAtMs: nowMs, forgiven: new Map() };
    case "restart_failed":
      return trouble(state, event, policy, nowMs, random);
    default:
      return assertNever(event);
  }
}

function afterLook(state: State, view: View, policy: RestartPolicy, nowMs: number, random: number): State {
  const { phase } = state;
  switch (phase.kind) {
    case "watching": {
      if (nowMs - state.startedAtMs < policy.graceMs) return { ...state, forgiven: countsOf(view) };
      const why = view.hold === undefined ? decisive(state, view, policy, nowMs) : undefined;
      return why === undefined ? state : trouble(state, { why, isDown: false }, policy, nowMs, random);
    }
    case "waiting": {
      // What is down stays down until it is started; what fails may recover by itself, or turn out to be beyond a restart.
      if (!phase.isDown && (view.hold !== undefined || view.failures.length === 0)) {
        return { ...state, phase: { kind: "watching" } };
      }
      if (nowMs < phase.untilMs) return state;
      const { why, isDown } = phase;
      return {
        ...state,
        phase: { kind: "restarting", why, isDown },
        restartsAtMs: [...recent(state, policy, nowMs), nowMs],
      };
    }
    case "gave_up":
      return !phase.isDown && view.hold === undefined && view.failures.length === 0
        ? { ...state, phase: { kind: "watching" } }
        : state;
    case "restarting":
      return state;
    default:
      return assertNever(phase);
  }
}

function trouble(
  state: State,
  { why, isDown }: { readonly why: string; readonly isDown: boolean },
  policy: RestartPolicy,
  nowMs: number,
  random: number,
): State {
  const restartsAtMs = recent(state, policy, nowMs);
  const { length: count } = restartsAtMs;
  if (count >= policy.maxRestarts) return { ...state, restartsAtMs, phase: { kind: "gave_up", why, isDown } };
  const untilMs = nowMs + retryDelayMs(count, { firstMs: policy.backoffMs, longestMs: policy.maxBackoffMs }, random);
  return { ...state, restartsAtMs, phase: { kind: "waiting", untilMs, why, isDown } };
}

/** The first failure that is enough by itself, in words. */
function decisive({ startedAtMs, forgiven }: State, view: View, policy: RestartPolicy, nowMs: number) {
  const graceEndMs = startedAtMs + policy.graceMs;
  for (const { label, reason, message, consecutiveFailures, sinceMs } of view.failures) {
    const before = forgiven.get(label) ?? 0;
    // Fewer than before: it has passed meanwhile, so these are new ones.
    const count = consecutiveFailures >= before ? consecutiveFailures - before : consecutiveFailures;
    if (count < policy.failures || nowMs - Math.max(sinceMs, graceEndMs) < policy.forMs) continue;
    return `check ${label} failed ${count} times in a row (${reason}: ${message})`;
  }
  return undefined;
}

const countsOf = ({ failures }: View): ReadonlyMap<string, number> =>
  new Map(failures.map(({ label, consecutiveFailures }) => [label, consecutiveFailures]));

const recent = ({ restartsAtMs }: State, { windowMs }: RestartPolicy, nowMs: number): readonly number[] =>
  restartsAtMs.filter((atMs) => nowMs - atMs < windowMs);

const isDown = (phase: Phase): boolean => phase.kind !== "watching" && phase.isDown;
