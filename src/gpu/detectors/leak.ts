import { formatBytes, formatDuration } from "../../core/units.js";
import type { GpuInspection } from "../inspection.js";
import { oncePerObject } from "../once-per-object.js";
import type { GpuSnapshot } from "../snapshot.js";
import type { Finding } from "./finding.js";

/** How many points a window has at most, and how many, over which share of it, are needed for a verdict. */
const pointCount = 60;
const neededPoints = 10;
const coverage = 0.9;
/** How much of the changes a straight line must explain (R²). A program that fills a cache goes in steps, or stops. */
const straightness = 0.9;
/** A smaller fall is noise. */
const leastFallBytes = 64 * 2 ** 20;
/** What takes longer than that until the memory is full warns of nothing. */
const longestMs = 24 * 3_600_000;

interface Point {
  readonly atMs: number;
  readonly freeBytes: number;
}

/** Free memory over the last window, as long as the same processes run. */
export interface MemoryTrend {
  readonly pids: string;
  readonly points: readonly Point[];
}

export const emptyMemoryTrend: MemoryTrend = { pids: "", points: [] };

/**
 * The trend with one more snapshot. It starts anew when the set of processes changes, and has nothing while that set is
 * not known: a container that does not see the processes of others cannot tell a leak from a new program.
 */
export function observeMemory(
  trend: MemoryTrend,
  { memory, sampledAtMs: atMs }: GpuSnapshot,
  inspection: GpuInspection | undefined,
  windowMs: number,
): MemoryTrend {
  const pids = inspection === undefined ? "" : pidsOf(inspection);
  if (!memory.ok || pids === "") return emptyMemoryTrend;
  const point = { atMs, freeBytes: memory.value.freeBytes };
  if (pids !== trend.pids) return { pids, points: [point] };
  const last = trend.points.at(-1);
  if (last !== undefined && atMs - last.atMs < windowMs / pointCount) return trend;
  return { pids, points: [...trend.points.filter((each) => each.atMs > atMs - windowMs), point] };
}

export function leakFindings({ points, pids }: MemoryTrend, windowMs: number): readonly Finding[] {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return [];
  if (points.length < neededPoints || last.atMs - first.atMs < windowMs * coverage) return [];
  const { bytesPerMs, explained } = straightLine(points);
  const fallBytes = -bytesPerMs * (last.atMs - first.atMs);
  const leftMs = last.freeBytes / -bytesPerMs;
  const isLeak = fallBytes >= leastFallBytes && explained >= straightness && leftMs <= longestMs;
  if (!isLeak) return [];
  const perMinute = `${formatBytes(-bytesPerMs * 60_000)} a minute`;
  const detail = `${perMinute}, ${formatBytes(last.freeBytes)} left: full in ${formatDuration(leftMs, 0)} at this slope`;
  const remedy = `restart pid ${pids} at a good time, before an allocation fails`;
  return [{ fault: "gpu_memory_leak_suspected", detail, remedy }];
}

/** The least-squares line, and the share of the changes that it explains: 0 to 1. */
function straightLine(points: readonly Point[]): { readonly bytesPerMs: number; readonly explained: number } {
  const meanMs = mean(points.map(({ atMs }) => atMs));
  const meanBytes = mean(points.map(({ freeBytes }) => freeBytes));
  let timeSquares = 0;
  let byteSquares = 0;
  let products = 0;
  for (const { atMs, freeBytes } of points) {
    timeSquares += (atMs - meanMs) ** 2;
    byteSquares += (freeBytes - meanBytes) ** 2;
    products += (atMs - meanMs) * (freeBytes - meanBytes);
  }
  if (timeSquares === 0 || byteSquares === 0) return { bytesPerMs: 0, explained: 0 };
  return { bytesPerMs: products / timeSquares, explained: products ** 2 / (timeSquares * byteSquares) };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The set of processes as a text; empty where none is known. */
const pidsOf = oncePerObject(({ processes }: GpuInspection): string =>
  processes.ok ? [...new Set(processes.value.map(({ pid }) => pid))].sort((a, b) => a - b).join(", ") : "",
);
