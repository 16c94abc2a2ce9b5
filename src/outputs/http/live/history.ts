import type { CheckEntry } from "../../../core/component.js";
import { present, type Reading, type Readings } from "../../../core/result.js";
import {
  type HistoryMetric,
  historyMetrics,
  type LiveHistory,
  type LivePoints,
  type Point,
} from "../../../live/state.js";

export interface HistorySize {
  /** Between two points. */
  readonly stepMs: number;
  /** Points of each series. */
  readonly capacity: number;
  /** GPUs and MIG instances. Past it, those that come are not kept. */
  readonly maxGpus: number;
}

/** 15 minutes, of 16 GPUs with seven MIG instances each and some that were there before. */
export const historySize: HistorySize = { stepMs: 2000, capacity: 450, maxGpus: 160 };

/** Steps in one unit of what is sent: finer than a chart shows, and short in JSON. */
const precision: Readonly<Record<HistoryMetric, number>> = {
  memoryTakenRatio: 10_000,
  gpuUtilizationRatio: 100,
  temperatureCelsius: 1,
  powerWatts: 1,
};

/**
 * The last minutes of each GPU, from what checks publish. Time is cut into steps; a step has the first value that is
 * published in it, and none where there was none. Each series is one array of 32-bit numbers, whose place for a step is
 * the step's number modulo the length: a chart of 15 minutes takes 1.8 kB, and never grows.
 */
export class GpuHistory {
  private readonly gpus = new Map<string, GpuSeries>();

  constructor(private readonly size: HistorySize = historySize) {}

  /** Looks at the readings once in each step, since putting them together takes longer than to see that it is early. */
  observe(entries: readonly CheckEntry[], nowMs: number): void {
    const step = this.stepAt(nowMs);
    for (const { subject, state } of entries) {
      if (subject?.labels.gpu === undefined) continue;
      const series = this.gpus.get(subject.name) ?? this.add(subject.name, step);
      if (series === undefined || series.newestStep === step) continue;
      series.put(step, state.latest.readings);
    }
  }

  /** All that is kept, up to the last step that is over. */
  read(nowMs: number, wallMs: number): LiveHistory {
    const { stepMs, capacity } = this.size;
    const last = this.stepAt(nowMs) - 1;
    this.forget(last);
    return {
      stepMs,
      capacity,
      endWallMs: this.endOf(last, nowMs, wallMs),
      gpus: Object.fromEntries([...this.gpus].map(([name, series]) => [name, series.upTo(last)])),
    };
  }

  /** The points of the last step that is over. */
  newest(nowMs: number, wallMs: number): LivePoints {
    const last = this.stepAt(nowMs) - 1;
    return {
      atWallMs: this.endOf(last, nowMs, wallMs),
      gpus: Object.fromEntries([...this.gpus].map(([name, series]) => [name, series.at(last)])),
    };
  }

  /** The number of the step that `nowMs` is in. */
  stepAt(nowMs: number): number {
    return Math.floor(nowMs / this.size.stepMs);
  }

  /** Of what is kept, in bytes. */
  get byteLength(): number {
    return [...this.gpus.values()].reduce((sum, series) => sum + series.byteLength, 0);
  }

  private endOf(step: number, nowMs: number, wallMs: number): number {
    return Math.round(wallMs - nowMs + (step + 1) * this.size.stepMs);
  }

  private add(name: string, step: number): GpuSeries | undefined {
    if (this.gpus.size >= this.size.maxGpus) this.forget(step);
    if (this.gpus.size >= this.size.maxGpus) return undefined;
    const series = new GpuSeries(this.size.capacity);
    this.gpus.set(name, series);
    return series;
  }

  /** Drops GPUs of which nothing was heard for as long as there is a history. */
  private forget(step: number): void {
    for (const [name, { newestStep }] of this.gpus) if (step - newestStep >= this.size.capacity) this.gpus.delete(name);
  }
}

/** The series of one GPU: one array for each metric that it has had. */
class GpuSeries {
  newestStep = Number.NEGATIVE_INFINITY;
  private firstStep = Number.POSITIVE_INFINITY;
  private readonly values = new Map<HistoryMetric, Float32Array>();

  constructor(private readonly capacity: number) {}

  get byteLength(): number {
    return [...this.values.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  put(step: number, readings: Readings | undefined): void {
    this.firstStep = Math.min(this.firstStep, step);
    const skipped = Math.min(this.capacity, step - this.newestStep - 1);
    for (const values of this.values.values()) {
      for (let each = step - skipped; each <= step; each += 1) values[each % this.capacity] = Number.NaN;
    }
    this.newestStep = step;
    for (const metric of historyMetrics) {
      const reading = readings === undefined ? undefined : readingOf(metric, readings);
      if (reading?.ok !== true) continue;
      this.valuesOf(metric)[step % this.capacity] = reading.value;
    }
  }

  at(step: number): readonly Point[] {
    return historyMetrics.map((metric) => this.point(metric, step));
  }

  upTo(last: number): Partial<Record<HistoryMetric, readonly Point[]>> {
    const length = Math.max(0, Math.min(this.capacity, last - this.firstStep + 1));
    const steps = Array.from({ length }, (_, index) => last - length + 1 + index);
    return Object.fromEntries(
      [...this.values.keys()].map((metric) => [metric, steps.map((step) => this.point(metric, step))]),
    );
  }

  private point(metric: HistoryMetric, step: number): Point {
    const isKept = step <= this.newestStep && step > this.newestStep - this.capacity;
    const value = isKept ? this.values.get(metric)?.[step % this.capacity] : undefined;
    return value === undefined || Number.isNaN(value)
      ? null
      : Math.round(value * precision[metric]) / precision[metric];
  }

  private valuesOf(metric: HistoryMetric): Float32Array {
    const known = this.values.get(metric);
    if (known !== undefined) return known;
    const values = new Float32Array(this.capacity).fill(Number.NaN);
    this.values.set(metric, values);
    return values;
  }
}

/** What is not free is taken, by processes or by the driver; it is what limits on free memory look at. */
function readingOf(metric: HistoryMetric, readings: Readings): Reading<number> | undefined {
  if (metric !== "memoryTakenRatio") return readings[metric];
  const { memoryTotalBytes: total, memoryFreeBytes: free } = readings;
  if (total?.ok !== true) return total;
  return free?.ok === true ? present((total.value - free.value) / total.value) : free;
}
