import type { Registry as PromRegistry } from "prom-client";
import type { Registry } from "../../core/registry.js";
import { collectGauge, type Sample } from "./collected.js";

/** The faults that GPUs have now, each once, whichever checks look at the GPU. */
export function collectFaults(register: PromRegistry, registry: Registry, simulated: () => boolean): void {
  collectGauge(register, {
    name: "gpu_health_gpu_fault",
    help: "1 while the GPU has the fault; the catalogue of faults says what each means.",
    samples: () => {
      const samples = new Map<string, Sample>();
      for (const { subject, state } of registry.checks()) {
        if (subject?.labels.gpu === undefined) continue;
        for (const { fault, severity } of state.latest.faults ?? []) {
          const labels = { ...subject.labels, simulated: String(simulated()), fault, severity };
          samples.set(`${subject.name} ${fault}`, { labels, value: 1 });
        }
      }
      return [...samples.values()];
    },
  });
}
