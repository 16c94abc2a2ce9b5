import type { Problem } from "./problem.js";

export type Mapping = Readonly<Record<string, unknown>>;

/** What was read of one section. Use `value` only where `problems` is empty. */
export interface Found<T> {
  readonly value: T;
  readonly problems: readonly Problem[];
}

export const isMapping = (given: unknown): given is Mapping =>
  typeof given === "object" && given !== null && !Array.isArray(given);
