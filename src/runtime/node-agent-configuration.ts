import type { Configuration } from "../config/configuration.js";
import { defaultCheck } from "../config/defaults.js";
import type { Overridden } from "../config/overrides.js";

/**
 * What is different where the node is judged and not a service: no library is a fault of the node, which the condition has
 * to say, and a GPU that a service has filled is none.
 */
export function forNodeAgent(configuration: Configuration): Overridden {
  if (configuration.gpu.mode === "off") {
    return { ok: false, errors: ["node-agent writes what the GPUs are like, and gpu.mode is off: set it to auto"] };
  }
  const checks = configuration.checks.map((check) =>
    check.isImplicit && check.type === "gpu" ? { ...defaultCheck(check.type, check.name), isImplicit: false } : check,
  );
  return { ok: true, configuration: { ...configuration, checks } };
}
