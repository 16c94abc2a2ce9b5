import type { Result } from "../result.js";

/** One thing that is wrong with a service, of which a result names the worst. */
export type Problem = Pick<Result, "reason" | "message" | "remedy"> & { readonly status: "unhealthy" | "degraded" };

/** The first of the unhealthy ones, or else the first; undefined where nothing is wrong. */
export function worstOf(problems: readonly (Problem | undefined)[]): Problem | undefined {
  const found = problems.filter((problem) => problem !== undefined);
  return found.find(({ status }) => status === "unhealthy") ?? found[0];
}
