import { Counter, Histogram, type Registry as PromRegistry } from "prom-client";
import type { CheckRun } from "../../core/check.js";
import type { Registry } from "../../core/registry.js";
import { collectGauge } from "./collected.js";
import { stateSet } from "./state-set.js";

/** From a check that only reads memory (1 ms) to one that waits for a slow dependency (10 s). */
const durationBucketsSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function collectCheckStatus(register: PromRegistry, registry: Registry): void {
  collectGauge(register, {
    name: "gpu_health_check_status",
    help: "1 for the status that the check (of this subject) has now, 0 for the others.",
    samples: () =>
      registry
        .checks()
        .flatMap(({ check, subject, state }) =>
          stateSet(subject === undefined ? { check } : { check, subject: subject.name }, state.status),
        ),
  });
}

/** Counts and times the runs of checks. Gives the function to call after each run. */
export function countCheckRuns(register: PromRegistry): (run: CheckRun) => void {
  const runs = new Counter({
    name: "gpu_health_check_runs_total",
    help: "Finished runs of the check, by outcome; where a run has several subjects, the worst of them.",
    labelNames: ["check", "type", "outcome"] as const,
    registers: [register],
  });
  const durations = new Histogram({
    name: "gpu_health_check_duration_seconds",
    help: "How long a run of the check takes.",
    labelNames: ["check"] as const,
    buckets: durationBucketsSeconds,
    registers: [register],
  });
  return ({ check, type, outcome, durationMs }) => {
    runs.inc({ check, type, outcome });
    durations.observe({ check }, durationMs / 1000);
  };
}
