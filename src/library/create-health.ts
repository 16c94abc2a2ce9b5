import { catalogue } from "../checks/catalogue.js";
import type { AnyCheckType } from "../checks/check-type.js";
import { parseFleet, Simulator } from "../gpu/simulator.js";
import type { HostRegistry } from "../outputs/metrics/metrics.js";
import { fileSignatureNow } from "../runtime/file-watch.js";
import { Server } from "../runtime/server.js";
import { ConfigurationError, readLibraryConfiguration } from "./configuration.js";
import type { ConfigurationInput } from "./configuration-input.js";
import type { DefinedCheck } from "./define-check.js";
import { EmbeddedHealth } from "./embedded-health.js";
import type { Health } from "./health.js";
import { keptAwake } from "./kept-awake.js";
import { callbackLogger, type LogLine } from "./log.js";

/** How health is set up; all of it may be left out. */
export interface HealthOptions {
  /** The configuration, or the path of a YAML file with it: docs/configuration.md. The defaults where it is left out. */
  readonly config?: string | ConfigurationInput;
  /** Check types of your own, made with `defineCheck`, for the configuration to name. */
  readonly checkTypes?: readonly DefinedCheck[];
  /** Where the metrics go beside `metrics()`: your registry of prom-client. Process metrics are left to you then. */
  readonly registry?: HostRegistry;
  /** Told what the program would log, from `log.level` on; nothing is logged by default. */
  readonly log?: (line: LogLine) => void;
  /** Simulated GPUs in place of real ones, such as `h200x2`, for tests. One set at a time in a process. */
  readonly simulate?: string;
}

/**
 * Starts the checks of a configuration, and what it says beside them. Resolves once components can be asked for; each is
 * `unknown` until its checks have answered. Does not keep the process alive, unless the configuration has listeners.
 *
 * @throws ConfigurationError with everything that is wrong with the configuration.
 * @throws Error where a start fails: an address that is taken, no GPU while `gpu.mode` is `required`, a check type that
 * makes no check, a metric that `registry` has already. Nothing is left behind then.
 */
export async function createHealth(options: HealthOptions = {}): Promise<Health> {
  const checkTypes = allCheckTypes(options.checkTypes ?? []);
  let config = options.config ?? {};
  const read = () => readLibraryConfiguration(config, checkTypes);
  const path = typeof config === "string" ? config : undefined;
  const signature = path === undefined ? undefined : fileSignatureNow(path);
  const configured = read();
  if (!configured.ok) throw new ConfigurationError(configured.errors);
  const { configuration } = configured;
  const simulator = options.simulate === undefined ? undefined : new Simulator(parseFleet(options.simulate));
  return keptAwake(async () => {
    try {
      const server = new Server({
        configuration,
        checkTypes,
        logger: callbackLogger(configuration.log.level, options.log ?? (() => {})),
        simulator,
        file: path === undefined ? undefined : { path, signature },
        read: async () => read(),
        unexpectedErrors: () => 0,
        systemd: { sockets: [] },
        hostRegistry: options.registry,
      });
      const addresses = await server.start();
      const useConfig = (next: string | ConfigurationInput) => {
        const before = config;
        config = next;
        return before;
      };
      return new EmbeddedHealth(server, addresses, useConfig, () => simulator?.stop());
    } catch (error) {
      simulator?.stop();
      throw error;
    }
  });
}

/** @throws Error where two types have one name, of which a configuration would get the wrong one without a word. */
function allCheckTypes(own: readonly DefinedCheck[]): readonly AnyCheckType[] {
  // What `defineCheck` gives is more than its type says: no part of it is for others to call.
  const types = own as readonly AnyCheckType[];
  const bare = types.find(({ create, options }) => create === undefined || options === undefined);
  if (bare !== undefined) throw new Error(`the check type ${JSON.stringify(bare.type)} was not made with defineCheck`);
  const all = [...catalogue, ...types];
  const names = all.map(({ type }) => type);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return all;
  throw new Error(`there are two check types ${JSON.stringify(twice)}: give yours another name`);
}
