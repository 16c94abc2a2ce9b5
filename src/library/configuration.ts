import type { AnyCheckType } from "../checks/check-type.js";
import type { Configuration } from "../config/configuration.js";
import { substituteEnvironment } from "../config/environment.js";
import { readConfigurationFile } from "../config/file.js";
import { formatConfigurationError, loadConfiguration } from "../config/load.js";
import { formatPath } from "../config/problem.js";
import { readConfiguration } from "../config/read.js";
import type { ConfigurationInput } from "./configuration-input.js";

/** A configuration cannot be used. The message has everything that is wrong with it, one line each. */
export class ConfigurationError extends Error {
  constructor(
    /** What is wrong, one sentence each with its place: `checks.model.interval: 5 has no unit: …`. */
    readonly problems: readonly string[],
  ) {
    super(`the configuration of gpu-health cannot be used:\n${problems.join("\n")}`);
    this.name = "ConfigurationError";
  }
}

type Loaded =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly errors: readonly string[] };

/** Reads a YAML file, or the same as an object. Nothing listens unless the configuration says where. */
export function readLibraryConfiguration(
  given: string | ConfigurationInput,
  checkTypes: readonly AnyCheckType[],
): Loaded {
  const reading = { checkTypes, listensByDefault: false };
  if (typeof given !== "string") {
    const { value, substitutions, problems } = substituteEnvironment(given, process.env);
    const read = readConfiguration(value, substitutions, reading);
    if (read.ok && problems.length === 0) return read;
    const all = [...problems, ...(read.ok ? [] : read.problems)];
    return { ok: false, errors: all.map(({ path, message }) => sentence(formatPath(path), message)) };
  }
  const file = readConfigurationFile(given);
  if (!file.ok) return { ok: false, errors: [file.problem] };
  const loaded = loadConfiguration(file.text, given, process.env, reading);
  return loaded.ok ? loaded : { ok: false, errors: loaded.errors.map(formatConfigurationError) };
}

const sentence = (path: string, message: string): string => (path === "" ? message : `${path}: ${message}`);
