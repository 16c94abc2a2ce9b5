import type { AlertRule, AlertSeverity } from "../../core/alerting.js";
import type { Problem } from "../../core/problem.js";

/**
 * `firing`: told for the first time; `changed`: worse than what was told, or certain and of another reason; `repeated`: it
 * goes on; `resolved`: it is over.
 */
export type NoticeKind = "firing" | "changed" | "repeated" | "resolved";

/** Something to tell a receiver. */
export interface Notice {
  readonly kind: NoticeKind;
  readonly problem: Problem;
}

/** What is remembered of a problem for one receiver. */
type Tracked =
  | {
      /** It was another one's consequence, or traffic was turned away: what went before does not count. */
      readonly phase: "held";
      readonly failures: number;
      readonly atMs: number;
    }
  | {
      readonly phase: "firing";
      /** As last told, and as it is. */
      readonly told: Problem;
      readonly problem: Problem;
      readonly toldAtMs: number;
      /** Since when it is well again, while that may yet pass. */
      readonly wellSinceMs?: number;
    };

export type AlertState = ReadonlyMap<string, Tracked>;

/** What is there to decide on. */
export interface Situation {
  readonly problems: readonly Problem[];
  /** That an operator drains the server. */
  readonly drain: Problem | undefined;
  /** Traffic is turned away on purpose: what fails now may be meant to. */
  readonly isTurnedAway: boolean;
  /** On the monotonic clock, in milliseconds. */
  readonly nowMs: number;
}

export interface Decision {
  readonly state: AlertState;
  readonly notices: readonly Notice[];
}

/**
 * What to tell a receiver now. Each problem is told once, again when it gets worse or after `repeatEvery`, and when it is
 * over for good. What fails as a consequence is its cause's to tell; when the cause is gone it gets the time of a fresh
 * failure to recover. Nothing new is told while traffic is turned away on purpose.
 */
export function decide(rule: AlertRule, before: AlertState, situation: Situation): Decision {
  const { problems, drain, nowMs } = situation;
  const state = new Map<string, Tracked>();
  const notices: Notice[] = [];
  const wanted = problems.filter((problem) => concerns(rule, problem));
  if (rule.draining && drain !== undefined) wanted.push(drain);

  for (const problem of wanted) {
    const isHeld = problem.consequenceOf !== undefined || (situation.isTurnedAway && problem !== drain);
    const { tracked, kind } = next(rule, before.get(problem.key), problem, isHeld, nowMs);
    if (tracked !== undefined) state.set(problem.key, tracked);
    if (kind !== undefined) notices.push({ kind, problem });
  }
  for (const [key, tracked] of before) {
    if (tracked.phase === "held" || state.has(key)) continue;
    const wellSinceMs = tracked.wellSinceMs ?? nowMs;
    if (nowMs - wellSinceMs < rule.keepFiringForMs) state.set(key, { ...tracked, wellSinceMs });
    else if (rule.sendResolved) notices.push({ kind: "resolved", problem: tracked.problem });
  }
  return { state, notices };
}

interface Step {
  readonly tracked: Tracked | undefined;
  readonly kind?: NoticeKind;
}

function next(rule: AlertRule, before: Tracked | undefined, problem: Problem, isHeld: boolean, nowMs: number): Step {
  if (before?.phase === "firing") {
    const { told, toldAtMs } = before;
    const kind = isHeld ? undefined : kindOfNews(rule, told, problem, nowMs - toldAtMs);
    const tracked: Tracked = { phase: "firing", told, problem, toldAtMs };
    return kind === undefined ? { tracked } : { tracked: { ...tracked, told: problem, toldAtMs: nowMs }, kind };
  }
  if (isHeld) return { tracked: { phase: "held", failures: problem.consecutiveFailures, atMs: nowMs } };
  if (!isDue(rule, before, problem, nowMs)) return { tracked: before };
  return { tracked: { phase: "firing", told: problem, problem, toldAtMs: nowMs }, kind: "firing" };
}

function kindOfNews(rule: AlertRule, told: Problem, problem: Problem, sinceToldMs: number): NoticeKind | undefined {
  if (rank[problem.severity] > rank[told.severity]) return "changed";
  if (problem.isCertain && problem.reason !== told.reason) return "changed";
  return sinceToldMs >= rule.repeatEveryMs ? "repeated" : undefined;
}

function isDue(rule: AlertRule, held: Tracked | undefined, problem: Problem, nowMs: number): boolean {
  const base = held?.phase === "held" ? held : { failures: 0, atMs: problem.sinceMs };
  // A streak that is shorter than the one that was held has begun since.
  const failures = problem.consecutiveFailures - (problem.consecutiveFailures < base.failures ? 0 : base.failures);
  const isCounted = problem.status === "unhealthy" && !problem.isCertain;
  if (isCounted && failures < rule.after) return false;
  return nowMs - Math.max(problem.sinceMs, base.atMs) >= rule.forMs;
}

const rank: Record<AlertSeverity, number> = { warning: 0, critical: 1 };

function concerns(rule: AlertRule, { severity, components }: Problem): boolean {
  if (rank[severity] < rank[rule.severity]) return false;
  return rule.components?.some((pattern) => components.some((name) => isMatch(pattern, name))) ?? true;
}

const isMatch = (pattern: string, name: string): boolean =>
  pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;

/** How many alerts are told and not over. */
export const firingIn = (state: AlertState): number =>
  [...state.values()].filter(({ phase }) => phase === "firing").length;
