import type { Amount, Sustained } from "../core/limit.js";

/** What a GPU must keep to be healthy. Absent: not judged. Ratios are 0 to 1. */
export interface GpuLimits {
  /** In bytes, or as a share of the GPU's total memory. */
  readonly minFreeMemory?: Sustained<Amount> | undefined;
  readonly maxMemoryUsed?: Sustained<number> | undefined;
  readonly maxGpuUtilization?: Sustained<number> | undefined;
  readonly maxMemoryUtilization?: Sustained<number> | undefined;
}

export type LimitName = keyof GpuLimits;

/**
 * Since when each limit has been broken without a break, on the monotonic clock, in milliseconds; `stallAfter`, which is
 * no limit of a check, among them.
 */
export type BrokenSince = Readonly<Partial<Record<LimitName | "stallAfter", number>>>;
