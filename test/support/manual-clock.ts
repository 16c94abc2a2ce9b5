import type { Clock } from "../../src/core/clock.js";

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test advances it. */
export class ManualClock implements Clock {
  private readonly timers = new Set<Timer>();

  constructor(
    private monotonicMs = 0,
    private wallStartMs = Date.UTC(2026, 0, 1),
  ) {}

  /** Somebody sets the clock of the machine; what measures time does not notice. */
  jumpWall(byMs: number): void {
    this.wallStartMs += byMs;
  }

  nowMs(): number {
    return this.monotonicMs;
  }

  wallMs(): number {
    return this.wallStartMs + this.monotonicMs;
  }

  schedule(delayMs: number, callback: () => void): () => void {
    const timer: Timer = { dueMs: this.monotonicMs + delayMs, callback };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** How many timers wait. */
  get pending(): number {
    return this.timers.size;
  }

  /** Runs what falls due within `durationMs`, in order, each at its own time. */
  advance(durationMs: number): void {
    const untilMs = this.monotonicMs + durationMs;
    for (let next = this.nextDue(untilMs); next !== undefined; next = this.nextDue(untilMs)) {
      this.timers.delete(next);
      this.monotonicMs = Math.max(this.monotonicMs, next.dueMs);
      next.callback();
    }
    this.monotonicMs = untilMs;
  }

  /** Time passes while nothing runs, as when a machine is suspended; what fell due meanwhile runs after it, in order. */
  suspend(durationMs: number): void {
    this.monotonicMs += durationMs;
    this.advance(0);
  }

  private nextDue(untilMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.timers) {
      if (timer.dueMs <= untilMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
    }
    return next;
  }
}
