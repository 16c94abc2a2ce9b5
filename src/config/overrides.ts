import { formatAddress, parseAddress } from "../core/address.js";
import type { ListenOptions } from "../core/listen-options.js";
import type { Configuration } from "./configuration.js";
import { adminProblem } from "./cross-checks.js";

/** What the command line and the environment may say on top of the configuration. */
export interface Overrides {
  /**
   * Listen addresses; each takes the place of all that the configuration lists. TLS and the allow list of a single
   * listener stay.
   */
  readonly grpc?: string;
  readonly http?: string;
  readonly admin?: string;
  /** Model and number of simulated GPUs: with some, `gpu.mode: off` does not count. */
  readonly simulate?: string;
}

export type Overridden =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly errors: readonly string[] };

/** The configuration with the overrides in place, or one sentence for each that is wrong. */
export function applyOverrides(configuration: Configuration, overrides: Overrides): Overridden {
  const errors: string[] = [];
  const listen = (section: "grpc" | "http" | "admin"): readonly ListenOptions[] => {
    const text = overrides[section];
    const configured = configuration[section].listen;
    if (text === undefined) return configured;
    const flag = `--${section} (GPU_HEALTH_${section.toUpperCase()})`;
    const parsed = parseAddress(text);
    if (!parsed.ok) {
      errors.push(`${flag}: ${parsed.problem}`);
      return configured;
    }
    if (configured.length > 1 && configured.some(({ tls, allow }) => tls !== undefined || allow !== undefined)) {
      errors.push(`${flag}: ${section}.listen has several listeners with tls or allow; change the address there`);
    }
    const [single] = configured.length === 1 ? configured : [];
    return [{ ...single, address: formatAddress(parsed.address) }];
  };
  const { grpc, http, admin, gpu } = configuration;
  const overridden: Configuration = {
    ...configuration,
    grpc: { ...grpc, listen: listen("grpc") },
    http: { ...http, listen: listen("http") },
    admin: { ...admin, listen: listen("admin") },
    gpu: overrides.simulate !== undefined && gpu.mode === "off" ? { ...gpu, mode: "auto" } : gpu,
  };
  const problem = adminProblem(overridden.admin);
  if (problem !== undefined) errors.push(`--admin (GPU_HEALTH_ADMIN): ${problem}`);
  return errors.length === 0 ? { ok: true, configuration: overridden } : { ok: false, errors };
}
