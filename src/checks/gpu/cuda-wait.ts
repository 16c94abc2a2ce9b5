import { formatAgainst, formatBytes, formatPercent } from "../../core/units.js";
import type { GpuView } from "../../gpu/snapshot.js";

/** What a kernel does without: a GPU is left alone beyond it. */
export interface WaitLimits {
  /** 0 to 1. */
  readonly waitOverUtilization: number;
  readonly waitUnderFreeMemory: number;
}

/** A time on the monotonic clock, and how old a snapshot may be, in milliseconds. */
export interface Freshness {
  readonly nowMs: number;
  readonly stallAfterMs: number;
}

/**
 * Why no kernel is to run on a GPU now, as the end of a sentence; undefined: run one. A value that NVML does not give
 * (utilization under MIG, a snapshot that is too old) is no reason to wait.
 */
export function reasonToWait({ snapshot }: GpuView, limits: WaitLimits, freshness: Freshness): string | undefined {
  if (snapshot === undefined || freshness.nowMs - snapshot.sampledAtMs >= freshness.stallAfterMs) return undefined;
  const { utilization, memory } = snapshot;
  if (utilization.ok && utilization.value.gpuRatio > limits.waitOverUtilization) {
    const [found, limit] = formatAgainst(utilization.value.gpuRatio, limits.waitOverUtilization, formatPercent);
    return `it is busy (utilization ${found}, kernels wait over ${limit})`;
  }
  if (memory.ok && memory.value.freeBytes < limits.waitUnderFreeMemory) {
    const [found, limit] = formatAgainst(memory.value.freeBytes, limits.waitUnderFreeMemory, formatBytes);
    return `its memory is in use (${found} free, kernels wait under ${limit})`;
  }
  return undefined;
}
