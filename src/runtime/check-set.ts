import { isDeepStrictEqual } from "node:util";
import type { CheckConfiguration, Configuration } from "../config/configuration.js";
import { defaultCheck } from "../config/defaults.js";
import type { LibraryState } from "../gpu/snapshot.js";

/** The checks to run now. */
export interface CheckSet {
  /** Configured ones, or the defaults: traffic depends on them. */
  readonly traffic: readonly CheckConfiguration[];
  /** What the built-in components need beside them. */
  readonly builtIn: readonly CheckConfiguration[];
}

/**
 * What the configuration asks for. A machine without the GPU part or without NVML runs no GPU check that nobody
 * configured and no component names; one that somebody asked for runs and says what is missing.
 */
export function checkSet(configuration: Configuration, hasGpus: boolean): CheckSet {
  const named = new Set(configuration.components.flatMap(({ critical, optional }) => [...critical, ...optional]));
  const isWanted = ({ name, isImplicit }: CheckConfiguration): boolean => !isImplicit || named.has(name);
  const traffic = configuration.checks.filter((check) => hasGpus || check.type !== "gpu" || isWanted(check));
  const needed = ["event-loop", ...(hasGpus ? ["gpu"] : [])];
  const missing = needed.filter((type) => !traffic.some((check) => check.type === type));
  return { traffic, builtIn: missing.map((type) => defaultCheck(type, `built-in/${type}`)) };
}

/** False when there is nothing to read GPUs with, and will not be without a new start. */
export function mayHaveGpus(library: LibraryState): boolean {
  if (library.phase === "off") return false;
  if (library.phase !== "failed") return true;
  return library.reason !== "nvml_library_not_found" && library.reason !== "addon_missing";
}

/**
 * What to stop and what to start. A check whose configuration is the same goes on undisturbed; what is said about it may
 * change.
 */
export function difference(
  running: ReadonlyMap<string, CheckConfiguration>,
  wanted: readonly CheckConfiguration[],
): { readonly toRemove: readonly string[]; readonly toAdd: readonly CheckConfiguration[] } {
  const toAdd = wanted.filter((check) => !isDeepStrictEqual(whatRuns(running.get(check.name)), whatRuns(check)));
  const kept = new Set(wanted.filter((check) => !toAdd.includes(check)).map(({ name }) => name));
  return { toRemove: [...running.keys()].filter((name) => !kept.has(name)), toAdd };
}

const whatRuns = (check: CheckConfiguration | undefined): unknown => check && { ...check, about: undefined };
