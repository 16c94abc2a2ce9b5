import type { Registry as PromRegistry } from "prom-client";
import type { ConfigurationState } from "../../core/reload.js";
import { collectGauge } from "./collected.js";

/** As Prometheus has them of its own configuration, so that the same alert fits. */
export function collectConfiguration(register: PromRegistry, state: () => ConfigurationState): void {
  collectGauge(register, {
    name: "gpu_health_config_last_reload_successful",
    help: "1 while the last attempt to read the configuration succeeded, 0 while an older one stays in force.",
    samples: () => [{ labels: {}, value: state().lastReload.ok ? 1 : 0 }],
  });
  collectGauge(register, {
    name: "gpu_health_config_last_reload_success_timestamp_seconds",
    help: "When the configuration in force was read, in seconds since 1970.",
    samples: () => [{ labels: {}, value: state().loadedAtWallMs / 1000 }],
  });
}
