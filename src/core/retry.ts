/** Waits between attempts: doubled after each failure, up to the longest. */
export interface RetryDelays {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Share of each wait that is random, so that many clients of a server that comes back do not come at once. */
const jitter = 0.5;

/** How long to wait after so many `failures` in a row before this one. `random` is 0 to 1. */
export function retryDelayMs(failures: number, { firstMs, longestMs }: RetryDelays, random: number): number {
  return Math.min(firstMs * 2 ** failures, longestMs) * (1 - jitter * random);
}

/** `Retry-After` as seconds or as a date (RFC 9110). Nobody can ask for more than a quarter of an hour. */
export function retryAfterMs(header: string | undefined, wallMs: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - wallMs;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 900_000) : undefined;
}
