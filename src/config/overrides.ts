import { formatAddress, parseAddress } from "../core/address.js";
import type { Configuration } from "./configuration.js";

/** What the command line and the environment may say on top of the configuration. */
export interface Overrides {
  /** Listen addresses; each takes the place of all that the configuration lists. */
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
  const listen = (section: "grpc" | "http" | "admin"): readonly string[] => {
    const text = overrides[section];
    if (text === undefined) return configuration[section].listen;
    const parsed = parseAddress(text);
    if (parsed.ok) return [formatAddress(parsed.address)];
    errors.push(`--${section} (GPU_HEALTH_${section.toUpperCase()}): ${parsed.problem}`);
    return [];
  };
  const { grpc, http, admin, gpu } = configuration;
  const overridden: Configuration = {
    ...configuration,
    grpc: { ...grpc, listen: listen("grpc") },
    http: { ...http, listen: listen("http") },
    admin: { ...admin, listen: listen("admin") },
    gpu: overrides.simulate !== undefined && gpu.mode === "off" ? { ...gpu, mode: "auto" } : gpu,
  };
  return errors.length === 0 ? { ok: true, configuration: overridden } : { ok: false, errors };
}
