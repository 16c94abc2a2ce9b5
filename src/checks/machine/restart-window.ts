/** How often a counter of restarts grew within a window of time, as far as it was looked at. */
export class RestartWindow {
  private last: number | undefined;
  private growths: readonly { readonly atMs: number; readonly by: number }[] = [];

  constructor(private readonly windowMs: number) {}

  /** One look at the counter. A counter that went back starts anew: somebody restarted the unit by hand. */
  note(counter: number, nowMs: number): void {
    const by = counter - (this.last ?? counter);
    if (by < 0) this.growths = [];
    else if (by > 0) this.growths = [...this.growths, { atMs: nowMs, by }];
    this.growths = this.growths.filter(({ atMs }) => nowMs - atMs < this.windowMs);
    this.last = counter;
  }

  get count(): number {
    return this.growths.reduce((sum, { by }) => sum + by, 0);
  }
}
