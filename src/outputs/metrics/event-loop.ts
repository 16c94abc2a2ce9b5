import type { RecordableHistogram } from "node:perf_hooks";
import type { Registry as PromRegistry } from "prom-client";
import type { Clock } from "../../core/clock.js";
import { delayHistogram, type EventLoopDelays } from "../../core/event-loop-delays.js";
import { collectGauge, type Sample } from "./collected.js";

/** A scrape covers the last 60 to 120 seconds, or all since the last scrape where that is longer. */
const windowMs = 60_000;

interface Window {
  readonly microseconds: RecordableHistogram;
  sinceMs: number;
}

/**
 * Two windows take turns: a scrape reads the older one, which is emptied only once the younger one covers a whole
 * window. So no scraper takes figures away from another one.
 */
export class RecentDelays {
  private older: Window;
  private younger: Window;
  private readonly unsubscribe: () => void;

  constructor(
    delays: EventLoopDelays,
    private readonly clock: Clock,
  ) {
    const start = (): Window => ({ microseconds: delayHistogram(), sinceMs: clock.nowMs() });
    this.older = start();
    this.younger = start();
    this.unsubscribe = delays.subscribe((microseconds) => {
      this.older.microseconds.record(microseconds);
      this.younger.microseconds.record(microseconds);
    });
  }

  samples(): readonly Sample[] {
    const { microseconds } = this.older;
    const samples =
      microseconds.count === 0
        ? []
        : [
            { labels: { stat: "p50" }, value: microseconds.percentile(50) / 1e6 },
            { labels: { stat: "p99" }, value: microseconds.percentile(99) / 1e6 },
            { labels: { stat: "max" }, value: microseconds.max / 1e6 },
          ];
    this.rotate();
    return samples;
  }

  stop(): void {
    this.unsubscribe();
  }

  private rotate(): void {
    const nowMs = this.clock.nowMs();
    if (nowMs - this.younger.sinceMs < windowMs) return;
    const emptied = this.older;
    emptied.microseconds.reset();
    emptied.sinceMs = nowMs;
    this.older = this.younger;
    this.younger = emptied;
  }
}

export function collectEventLoopDelay(register: PromRegistry, delays: RecentDelays): void {
  collectGauge(register, {
    name: "gpu_health_event_loop_delay_seconds",
    help: "How late the event loop was in the last one to two minutes: median, 99th percentile and maximum.",
    samples: () => delays.samples(),
  });
}
