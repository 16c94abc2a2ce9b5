import type { Registry as PromRegistry } from "prom-client";
import type { CheckEntry } from "../../core/component.js";
import type { Registry } from "../../core/registry.js";
import type { LabelledValue, ReadingDeclaration, Result } from "../../core/result.js";
import { collectCounter, collectGauge, type Labels, type Sample } from "./collected.js";

/** What each check type can read: its declarations by the reading's name, by check type. */
export type ReadingDeclarations = Readonly<Record<string, Readonly<Record<string, ReadingDeclaration>>>>;

/** One metric for each declared reading, filled from the checks' latest results. */
export function collectReadings(
  register: PromRegistry,
  registry: Registry,
  declarations: ReadingDeclarations,
  simulated: () => boolean,
): void {
  for (const [name, { help, kind, sources }] of metricsOf(declarations)) {
    const collect = kind === "counter" ? collectCounter : collectGauge;
    collect(register, {
      name,
      help,
      samples: () => readingSamples(registry.checks(), sources, simulated()),
    });
  }
}

/** The reading's name in the results of each check type that has it. */
type Sources = ReadonlyMap<string, string>;

interface Metric extends Pick<ReadingDeclaration, "help" | "kind"> {
  readonly sources: Map<string, string>;
}

function metricsOf(declarations: ReadingDeclarations): ReadonlyMap<string, Metric> {
  const metrics = new Map<string, Metric>();
  for (const [type, readings] of Object.entries(declarations)) {
    for (const [reading, declaration] of Object.entries(readings)) {
      const name = metricName(declaration);
      const metric = metrics.get(name) ?? { ...declaration, sources: new Map<string, string>() };
      metric.sources.set(type, reading);
      metrics.set(name, metric);
    }
  }
  return metrics;
}

/** `gpu_health_gpu_memory_free_bytes`. A plain number has no unit, and `_count` is reserved for histograms. */
export function metricName({ metric, unit, kind }: Pick<ReadingDeclaration, "metric" | "unit" | "kind">): string {
  const name = unit === "count" ? `gpu_health_${metric}` : `gpu_health_${metric}_${unit}`;
  return kind === "counter" ? `${name}_total` : name;
}

/**
 * The present readings: a reading that is absent gives no sample, never 0. A subject that several checks look at is
 * one thing and gives one sample; a reading about no subject belongs to its check.
 */
function readingSamples(entries: readonly CheckEntry[], sources: Sources, simulated: boolean): readonly Sample[] {
  const samples = new Map<string, readonly Sample[]>();
  for (const { check, type, subject, state } of entries) {
    const values = valuesOf(state.latest, sources.get(type) ?? "");
    if (values.length === 0) continue;
    const key = subject === undefined ? `check ${check}` : `subject ${subject.name}`;
    if (samples.has(key)) continue;
    const labels: Labels = subject === undefined ? { check } : { ...subject.labels, simulated: String(simulated) };
    samples.set(
      key,
      values.map((each) => ({ labels: { ...labels, ...each.labels }, value: each.value })),
    );
  }
  return [...samples.values()].flat();
}

/** The one value of a reading, or all of them where it has several. */
function valuesOf({ readings, series }: Result, name: string): readonly LabelledValue[] {
  const reading = readings?.[name];
  if (reading?.ok === true) return [{ labels: {}, value: reading.value }];
  return series?.[name] ?? [];
}
