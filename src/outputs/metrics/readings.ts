import type { Registry as PromRegistry } from "prom-client";
import type { CheckEntry } from "../../core/component.js";
import type { Registry } from "../../core/registry.js";
import type { ReadingDeclaration, Unit } from "../../core/result.js";
import { collectGauge, type Labels, type Sample } from "./collected.js";

/** What each check type can read: its declarations by the reading's name, by check type. */
export type ReadingDeclarations = Readonly<Record<string, Readonly<Record<string, ReadingDeclaration>>>>;

/** One gauge for each declared reading, filled from the checks' latest results. */
export function collectReadings(
  register: PromRegistry,
  registry: Registry,
  declarations: ReadingDeclarations,
  simulated: () => boolean,
): void {
  for (const [name, { help, sources }] of gaugesOf(declarations)) {
    collectGauge(register, {
      name,
      help,
      samples: () => readingSamples(registry.checks(), sources, simulated()),
    });
  }
}

/** The reading's name in the results of each check type that has it. */
type Sources = ReadonlyMap<string, string>;

function gaugesOf(declarations: ReadingDeclarations): Map<string, { help: string; sources: Map<string, string> }> {
  const gauges = new Map<string, { help: string; sources: Map<string, string> }>();
  for (const [type, readings] of Object.entries(declarations)) {
    for (const [reading, declaration] of Object.entries(readings)) {
      const name = metricName(declaration);
      const gauge = gauges.get(name) ?? { help: declaration.help, sources: new Map() };
      gauge.sources.set(type, reading);
      gauges.set(name, gauge);
    }
  }
  return gauges;
}

/** `gpu_health_gpu_memory_free_bytes`. A plain number has no unit, and `_count` is reserved for histograms. */
export function metricName({ metric, unit }: { readonly metric: string; readonly unit: Unit }): string {
  return unit === "count" ? `gpu_health_${metric}` : `gpu_health_${metric}_${unit}`;
}

/**
 * The present readings: a reading that is absent gives no sample, never 0. A subject that several checks look at is
 * one thing and gives one sample; a reading about no subject belongs to its check.
 */
export function readingSamples(
  entries: readonly CheckEntry[],
  sources: Sources,
  simulated: boolean,
): readonly Sample[] {
  const samples = new Map<string, Sample>();
  for (const { check, type, subject, state } of entries) {
    const reading = state.latest.readings?.[sources.get(type) ?? ""];
    if (reading?.ok !== true) continue;
    const key = subject === undefined ? `check ${check}` : `subject ${subject.name}`;
    if (samples.has(key)) continue;
    const labels: Labels = subject === undefined ? { check } : { ...subject.labels, simulated: String(simulated) };
    samples.set(key, { labels, value: reading.value });
  }
  return [...samples.values()];
}
