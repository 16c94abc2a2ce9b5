import type { ServeOptions } from "../cli/serve.js";
import type { Configuration } from "../config/configuration.js";
import { defaultConfiguration } from "../config/defaults.js";
import { readConfigurationFile } from "../config/file.js";
import { applyOverrides } from "../config/overrides.js";

export type ServeConfiguration =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly errors: readonly string[] };

/** The configuration file, or the defaults, with what the command line and the environment say on top. */
export async function readServeConfiguration(options: ServeOptions): Promise<ServeConfiguration> {
  const base = options.config === undefined ? defaults() : await readFile(options.config);
  return base.ok ? applyOverrides(base.configuration, options) : base;
}

const defaults = (): ServeConfiguration => ({ ok: true, configuration: defaultConfiguration() });

async function readFile(path: string): Promise<ServeConfiguration> {
  const file = readConfigurationFile(path);
  if (!file.ok) return { ok: false, errors: [file.problem] };
  const { formatConfigurationError, loadConfiguration } = await import("../config/load.js");
  const loaded = loadConfiguration(file.text, path, process.env);
  return loaded.ok ? loaded : { ok: false, errors: loaded.errors.map(formatConfigurationError) };
}
