import { assertNever } from "../core/assert-never.js";
import { applyMergePatch } from "./merge-patch.js";
import {
  historyMetrics,
  type LiveHistory,
  type LivePoints,
  type LiveState,
  type LiveStatus,
  type LiveTransition,
  type Point,
} from "./state.js";

/** What a stream sends. It begins with a `status`, and sends another one after a reader was too slow for the rest. */
export type LiveEvent =
  | { readonly event: "status"; readonly data: LiveStatus }
  /** A JSON Merge Patch of the state; it comes every second, so silence means a lost connection. */
  | { readonly event: "state"; readonly data: unknown }
  | { readonly event: "points"; readonly data: LivePoints }
  | { readonly event: "transition"; readonly data: LiveTransition };

/** Past transitions that are kept. */
export const maxTransitions = 200;

/** What is known after one more event; undefined before the first `status`. */
export function follow(known: LiveStatus | undefined, news: LiveEvent): LiveStatus | undefined {
  if (news.event === "status") return news.data;
  if (known === undefined) return undefined;
  switch (news.event) {
    case "state":
      return { ...known, state: applyMergePatch(known.state, news.data) as LiveState };
    case "points":
      return { ...known, history: withPoints(known.history, news.data) };
    case "transition":
      return { ...known, transitions: [...known.transitions, news.data].slice(-maxTransitions) };
    default:
      return assertNever(news);
  }
}

/** The history one step later. What no longer comes has no value at the new time. */
export function withPoints(history: LiveHistory, { atWallMs, gpus }: LivePoints): LiveHistory {
  const { stepMs, endWallMs, capacity } = history;
  const steps = Math.max(1, Math.round((atWallMs - endWallMs) / stepMs));
  const names = new Set([...Object.keys(history.gpus), ...Object.keys(gpus)]);
  const next = [...names].map((name) => {
    const known = history.gpus[name] ?? {};
    const series = historyMetrics.flatMap((metric, at) => {
      const value = gpus[name]?.[at] ?? null;
      const past = known[metric];
      if (past === undefined && value === null) return [];
      const missed: Point[] = Array.from({ length: Math.min(steps - 1, capacity) }, () => null);
      const points = past === undefined ? [value] : [...past, ...missed, value].slice(-capacity);
      return points.every((point) => point === null) ? [] : [[metric, points] as const];
    });
    return [name, Object.fromEntries(series)] as const;
  });
  return { ...history, endWallMs: atWallMs, gpus: Object.fromEntries(next) };
}
