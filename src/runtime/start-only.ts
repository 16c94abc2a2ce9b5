import { isDeepStrictEqual } from "node:util";
import type { Configuration } from "../config/configuration.js";

/** What a reload changes: whole sections, or options of one. All else was set up at the start and waits for the next. */
const changeable: ReadonlySet<string> = new Set([
  "alerts",
  "checks",
  "components",
  "drain",
  "gpu.detection",
  "gpu.faults",
  "log",
  "reload",
]);

/** The options that are different and cannot change while the server runs, as the file spells them: `gpu.interval`. */
export function startOnlyChanges(running: Configuration, next: Configuration): readonly string[] {
  return Object.keys(next).flatMap((section) => {
    if (changeable.has(section)) return [];
    const before = optionsOf(running, section);
    const after = optionsOf(next, section);
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .filter((option) => !isDeepStrictEqual(before[option], after[option]))
      .map((option) => `${section}.${withoutUnit(option)}`)
      .filter((path) => !changeable.has(path));
  });
}

const optionsOf = (configuration: Configuration, section: string): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(configuration[section as keyof Configuration] ?? {}));

/** Milliseconds are in the names of a configuration that was read, and in the values of the file. */
const withoutUnit = (option: string): string => option.replace(/Ms$/, "");
