import { assertNever } from "../core/assert-never.js";
import type { Reading, Readings } from "../core/result.js";
import { formatBytes, formatPercent } from "../core/units.js";
import type { HistoryMetric, Point } from "./state.js";

/** What people call a charted quantity. */
export const metricNames: Readonly<Record<HistoryMetric, string>> = {
  memoryTakenRatio: "Memory",
  gpuUtilizationRatio: "Utilization",
  temperatureCelsius: "Temperature",
  powerWatts: "Power",
};

/** The reading that says whether a quantity is known now. */
export function readingOf(metric: HistoryMetric, readings: Readings): Reading<number> | undefined {
  if (metric !== "memoryTakenRatio") return readings[metric];
  const { memoryTotalBytes: total, memoryFreeBytes: free } = readings;
  if (total?.ok !== true) return total;
  return free?.ok === true ? { ok: true, value: (total.value - free.value) / total.value } : free;
}

/** The value in words, with what it is measured against: `12 GiB free of 80 GiB`, `310 W of 700 W`. */
export function valueText(metric: HistoryMetric, value: number, readings: Readings): string {
  switch (metric) {
    case "memoryTakenRatio": {
      const total = readings.memoryTotalBytes;
      if (total?.ok !== true) return `${formatPercent(value)} taken`;
      return `${formatBytes(total.value * (1 - value))} free of ${formatBytes(total.value)}`;
    }
    case "gpuUtilizationRatio":
      return formatPercent(value, 0);
    case "temperatureCelsius":
      return `${Math.round(value)} °C`;
    case "powerWatts": {
      const limit = readings.powerLimitWatts;
      return `${Math.round(value)} W${limit?.ok === true ? ` of ${Math.round(limit.value)} W` : ""}`;
    }
    default:
      return assertNever(metric);
  }
}

/** Why there is no value; a GPU that does not answer has no reading at all. */
export function absenceText(reading: Reading<number> | undefined): string {
  if (reading === undefined) return "not known";
  return !reading.ok && reading.why === "unsupported" ? "not reported" : "not readable";
}

/** The top of a quantity's chart: what there can be of it, or the most that there was. */
export function ceilingOf(metric: HistoryMetric, readings: Readings, points: readonly Point[]): number {
  const highest = Math.max(0, ...points.filter((point) => point !== null));
  switch (metric) {
    case "memoryTakenRatio":
    case "gpuUtilizationRatio":
      return 1;
    case "temperatureCelsius":
      return Math.max(highest, valueOr(readings.slowdownCelsius, 90), 60);
    case "powerWatts":
      return Math.max(highest, valueOr(readings.powerLimitWatts, 100));
    default:
      return assertNever(metric);
  }
}

/** Past it the GPU slows down; undefined where there is no such value or it is not known. */
export function limitOf(metric: HistoryMetric, readings: Readings): number | undefined {
  const limit = metric === "temperatureCelsius" ? readings.slowdownCelsius : undefined;
  return limit?.ok === true ? limit.value : undefined;
}

const valueOr = (reading: Reading<number> | undefined, other: number): number =>
  reading?.ok === true ? reading.value : other;
