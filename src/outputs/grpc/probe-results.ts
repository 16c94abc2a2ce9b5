import type { ProbeResult } from "../../core/probe-counts.js";
import type { HealthStatus } from "../../proto/health.js";

/** How an answered status is counted. */
export const probeResults: Readonly<Record<HealthStatus, ProbeResult>> = {
  UNKNOWN: "unknown",
  SERVING: "serving",
  NOT_SERVING: "not_serving",
  SERVICE_UNKNOWN: "not_found",
};
