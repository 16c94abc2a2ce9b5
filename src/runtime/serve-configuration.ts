import { type Stats, statSync } from "node:fs";
import type { ServeOptions } from "../cli/serve.js";
import type { Configuration } from "../config/configuration.js";
import { addressProblems } from "../config/cross-checks.js";
import { defaultConfiguration } from "../config/defaults.js";
import { readConfigurationFile } from "../config/file.js";
import { type InheritedSocket, withInheritedSockets } from "../config/inherited-sockets.js";
import { applyOverrides } from "../config/overrides.js";
import { superviseByDefault } from "../config/supervise-section.js";
import { forNodeAgent } from "./node-agent-configuration.js";

export type ServeConfiguration =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly errors: readonly string[] };

/** The configuration file, or the defaults, with what command line, environment and handed over sockets say on top. */
export async function readServeConfiguration(
  options: ServeOptions,
  sockets: readonly InheritedSocket[],
): Promise<ServeConfiguration> {
  const base = options.config === undefined ? defaults() : await readFile(options.config);
  const overridden = base.ok ? applyOverrides(base.configuration, options) : base;
  const listening = overridden.ok ? withInheritedSockets(overridden.configuration, sockets) : overridden;
  const separate = listening.ok ? withSeparateListeners(listening.configuration) : listening;
  const running = separate.ok ? withProgram(separate.configuration, options) : separate;
  return running.ok && options.node !== undefined ? forNodeAgent(running.configuration) : running;
}

/** What the file says by itself was looked at with it; flags and sockets come on top. */
function withSeparateListeners(configuration: Configuration): ServeConfiguration {
  const errors = addressProblems(configuration).map(
    ({ section, problem }) => `--${section} (GPU_HEALTH_${section.toUpperCase()}) or ${section}.listen: ${problem}`,
  );
  return errors.length === 0 ? { ok: true, configuration } : { ok: false, errors };
}

/** The name of the program of the command line, in the log and as `supervise/child` among the components. */
const childName = "child";

/** The program that the command line names, beside those of the configuration. */
function withProgram(configuration: Configuration, { run, component }: ServeOptions): ServeConfiguration {
  if (run === undefined) return { ok: true, configuration };
  if (Object.hasOwn(configuration.supervise, childName)) {
    return { ok: false, errors: [`supervise.${childName} is the program of the command line: choose another name`] };
  }
  const { value, problems } = superviseByDefault(run, component, configuration.components);
  if (value === undefined) return { ok: false, errors: problems.map(({ message }) => message) };
  return {
    ok: true,
    configuration: { ...configuration, supervise: { ...configuration.supervise, [childName]: value } },
  };
}

/** The same for a server that runs: nothing that could be a file half written, and nothing that gives its text once. */
export async function rereadServeConfiguration(
  options: ServeOptions,
  sockets: readonly InheritedSocket[],
): Promise<ServeConfiguration> {
  const problem = options.config === undefined ? undefined : rereadProblem(options.config);
  return problem === undefined ? readServeConfiguration(options, sockets) : { ok: false, errors: [problem] };
}

/** Undefined also for what cannot be looked at: reading says why. */
function rereadProblem(path: string): string | undefined {
  let stats: Stats;
  try {
    stats = statSync(path);
  } catch {
    return undefined;
  }
  if (stats.isDirectory()) return undefined;
  if (!stats.isFile()) return `${path}: this is no regular file, so it can be read only once, at the start`;
  if (stats.size === 0) return `${path}: the file is empty; to run on the defaults, write {} into it`;
  return undefined;
}

const defaults = (): ServeConfiguration => ({ ok: true, configuration: defaultConfiguration() });

async function readFile(path: string): Promise<ServeConfiguration> {
  const file = readConfigurationFile(path);
  if (!file.ok) return { ok: false, errors: [file.problem] };
  const { formatConfigurationError, loadConfiguration } = await import("../config/load.js");
  const loaded = loadConfiguration(file.text, path, process.env);
  return loaded.ok ? loaded : { ok: false, errors: loaded.errors.map(formatConfigurationError) };
}
