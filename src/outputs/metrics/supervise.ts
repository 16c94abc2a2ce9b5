import type { Registry as PromRegistry } from "prom-client";
import type { SupervisionCounts } from "../../core/supervision.js";
import { collectCounter, collectGauge } from "./collected.js";

export function collectSupervision(register: PromRegistry, supervised: () => readonly SupervisionCounts[]): void {
  collectCounter(register, {
    name: "gpu_health_supervise_restarts_total",
    help: "Restarts of supervised programs, by their outcome.",
    samples: () =>
      supervised().flatMap(({ name, restarts }) =>
        Object.entries(restarts).map(([outcome, value]) => ({ labels: { supervised: name, outcome }, value })),
      ),
  });
  collectGauge(register, {
    name: "gpu_health_supervise_gave_up",
    help: "1 while a supervised program is not restarted any more, since the limit of its restarts was reached.",
    samples: () =>
      supervised().map(({ name, hasGivenUp }) => ({ labels: { supervised: name }, value: hasGivenUp ? 1 : 0 })),
  });
}
