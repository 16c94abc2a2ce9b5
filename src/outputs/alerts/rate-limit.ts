const windowMs = 60_000;

/** So many requests in any minute, and no more: some receivers answer one too many with silence for ten minutes. */
export class RateLimit {
  private readonly times: number[] = [];

  constructor(private readonly perMinute: number) {}

  /** How long to wait before the next request, in milliseconds. */
  waitMs(nowMs: number): number {
    const oldest = this.times.at(-this.perMinute);
    return oldest === undefined ? 0 : Math.max(0, oldest + windowMs - nowMs);
  }

  count(nowMs: number): void {
    this.times.push(nowMs);
    if (this.times.length > this.perMinute) this.times.shift();
  }
}
