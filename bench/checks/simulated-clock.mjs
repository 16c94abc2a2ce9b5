// Time that passes as fast as the work in it is done: the `Clock` of src/core/clock.ts, in steps of a millisecond.

export class SimulatedClock {
  #nowMs = 0;
  /** Callbacks by the millisecond in which they are due. */
  #due = new Map();
  #pending = 0;

  nowMs() {
    return this.#nowMs;
  }

  wallMs() {
    return this.#nowMs;
  }

  /** How many callbacks wait. */
  get pending() {
    return this.#pending;
  }

  schedule(delayMs, callback) {
    const dueMs = Math.ceil(this.#nowMs + Math.max(delayMs, 1));
    const timers = this.#due.get(dueMs) ?? new Set();
    this.#due.set(dueMs, timers);
    const timer = { callback };
    timers.add(timer);
    this.#pending += 1;
    return () => {
      if (timers.delete(timer)) {
        this.#pending -= 1;
        if (timers.size === 0) this.#due.delete(dueMs);
      }
    };
  }

  advance(durationMs) {
    const untilMs = this.#nowMs + durationMs;
    while (this.#nowMs < untilMs) {
      this.#nowMs += 1;
      const timers = this.#due.get(this.#nowMs);
      this.#due.delete(this.#nowMs);
      for (const timer of timers ?? []) {
        timers.delete(timer);
        this.#pending -= 1;
        timer.callback();
      }
    }
  }
}
