/** `Retry-After` as seconds or as a date (RFC 9110). Nobody can ask for more than a quarter of an hour. */
export function retryAfterMs(header: string | undefined, wallMs: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - wallMs;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), 900_000) : undefined;
}

/** How long to wait before the next attempt: doubled each time up to a minute, less up to half of it at random. */
export function backoffMs(attempts: number, random: () => number): number {
  const fullMs = Math.min(1000 * 2 ** (attempts - 1), 60_000);
  return fullMs * (1 - random() / 2);
}
