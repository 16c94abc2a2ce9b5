import { assertNever } from "../core/assert-never.js";
import type { Reading, Readings } from "../core/result.js";
import { formatBytes, formatPercent } from "../core/units.js";
import type { HistoryMetric, Point } from "./state.js";

/** What people call a charted quantity. */
export const metricNames: Readonly<Record<HistoryMetric, string>> = {
  memoryTakenRatio: "Memory taken",
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

/** The value with its unit. */
export function figureText(metric: HistoryMetric, value: number): string {
  switch (metric) {
    case "memoryTakenRatio":
      return formatPercent(value);
    case "gpuUtilizationRatio":
      return formatPercent(value, 0);
    case "temperatureCelsius":
      return `${Math.round(value)} °C`;
    case "powerWatts":
      return `${Math.round(value)} W`;
    default:
      return assertNever(metric);
  }
}

/** What the value is measured against: `12 of 80 GiB free`, `of 700 W`; empty where that is not known. */
export function againstText(metric: HistoryMetric, value: number, readings: Readings): string {
  const top = metric === "gpuUtilizationRatio" ? undefined : readings[topReadings[metric]];
  if (top?.ok !== true) return "";
  switch (metric) {
    case "memoryTakenRatio":
      return `${ofTotal(formatBytes(top.value * (1 - value)), formatBytes(top.value))} free`;
    case "temperatureCelsius":
      return `slows down at ${figureText(metric, top.value)}`;
    default:
      return `of ${figureText(metric, top.value)}`;
  }
}

/** `12 of 80 GiB`, and `12 KiB of 80 GiB`: a phone has no room for a unit twice. */
function ofTotal(part: string, total: string): string {
  const [unit = ""] = / \S+$/.exec(total) ?? [];
  return `${part.endsWith(unit) ? part.slice(0, part.length - unit.length) : part} of ${total}`;
}

const topReadings = {
  memoryTakenRatio: "memoryTotalBytes",
  temperatureCelsius: "slowdownCelsius",
  powerWatts: "powerLimitWatts",
} as const;

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
