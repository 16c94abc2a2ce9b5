import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import type { Clock } from "./clock.js";
import type { Listener } from "./watchers.js";

/**
 * How often the delay is sampled. Waking an idle process is most of what it costs: sampled every 20 ms it takes 1.1 % of
 * a core, every 100 ms 0.6 %, as little as every 200 ms. A block is noted short by one interval at most.
 */
export const resolutionMs = 100;

/** The first sample comes sooner: until then nothing is known, and readiness waits for it. */
export const firstSampleMs = 20;

/** One hour: what is longer is noted as that. */
const longestMicroseconds = 3_600_000_000;

/** For delays in microseconds. Without the bound a histogram takes twice the memory. */
export const delayHistogram = (): RecordableHistogram => createHistogram({ highest: longestMicroseconds });

/**
 * A timer that notes how late the event loop runs it: what a request would wait. One for all who want to know, since
 * each timer would wake the process by itself. Not `monitorEventLoopDelay`, which is such a timer for each histogram,
 * and whose reset starts with a gap that hides a block right after it.
 */
export class EventLoopDelays {
  private readonly listeners = new Set<Listener<number>>();
  private dueMs = 0;
  private cancelTick = () => {};

  constructor(private readonly clock: Clock) {}

  /**
   * Calls `listener` with each delay, in whole microseconds from 1 to one hour, as histograms take them. The timer runs
   * while somebody listens. Gives a function that ends it.
   */
  subscribe(listener: Listener<number>): () => void {
    if (this.listeners.size === 0) this.awaitTick(firstSampleMs);
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size === 0) this.cancelTick();
    };
  }

  /** Notes the delay of a tick that should have come by now: of a block that has only just ended. */
  catchUp(): void {
    if (this.listeners.size > 0 && this.clock.nowMs() >= this.dueMs) this.noteDelay();
  }

  private awaitTick(afterMs: number): void {
    this.dueMs = this.clock.nowMs() + afterMs;
    this.cancelTick = this.clock.schedule(afterMs, () => this.noteDelay());
  }

  private noteDelay(): void {
    // Timers keep whole milliseconds, so one may come a fraction of one too early; a histogram counts from 1.
    const microseconds = Math.max(1, Math.round((this.clock.nowMs() - this.dueMs) * 1000));
    this.cancelTick();
    this.awaitTick(resolutionMs);
    for (const listener of this.listeners) listener(Math.min(longestMicroseconds, microseconds));
  }
}
