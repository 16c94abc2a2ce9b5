import type { Registry as PromRegistry } from "prom-client";
import type { Clock } from "../../core/clock.js";
import { problemsIn } from "../../core/problem.js";
import type { Registry } from "../../core/registry.js";
import { collectGauge } from "./collected.js";

/**
 * What is wrong now, each cause once: what fails as its consequence has no sample. Alert rules begin here, so that they
 * tell what the server's own alerts tell.
 */
export function collectProblems(
  register: PromRegistry,
  registry: Registry,
  clock: Clock,
  simulated: () => boolean,
): void {
  collectGauge(register, {
    name: "gpu_health_problem",
    help: "1 while the check (of this subject) is unhealthy or degraded by itself; critical: a component is unhealthy for it.",
    samples: () =>
      problemsIn(registry, clock)
        .filter(({ consequenceOf }) => consequenceOf === undefined)
        .map(({ check, subject, severity, status, reason }) => ({
          labels: {
            check,
            ...(subject === undefined ? {} : { subject: subject.name, ...subject.labels }),
            severity,
            status,
            reason,
            simulated: String(simulated()),
          },
          value: 1,
        })),
  });
}
