/** Waits between tries: doubled after each failure, up to the longest. */
export interface RetryDelays {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Share of each wait that is random, so that many clients of a server that comes back do not come at once. */
const jitter = 0.4;

/** How long to wait after so many `failures` in a row, of which the first is 0. `random` is 0 to 1. */
export function retryDelayMs(failures: number, { firstMs, longestMs }: RetryDelays, random: number): number {
  return Math.min(firstMs * 2 ** failures, longestMs) * (1 - jitter * random);
}
