import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { Registry as PromRegistry } from "prom-client";
import type { Clock } from "../../core/clock.js";
import { collectGauge, type Sample } from "./collected.js";

/** How often the loop is looked at. Each look wakes the process, and wake-ups are most of what an idle server costs. */
const resolutionMs = 100;
/** A scrape covers the last 60 to 120 seconds, or all since the last scrape where that is longer. */
const windowMs = 60_000;

/** Nanoseconds between two looks at the loop, at the resolution above. */
type Histogram = Pick<IntervalHistogram, "count" | "max" | "percentile" | "enable" | "disable" | "reset">;

interface Monitor {
  readonly histogram: Histogram;
  sinceMs: number;
}

/**
 * Two monitors take turns: a scrape reads the older one, which is emptied only once the younger one covers a whole
 * window. So no scraper takes figures away from another one.
 */
export class EventLoopDelay {
  private older: Monitor;
  private younger: Monitor;

  constructor(
    private readonly clock: Clock,
    createHistogram: () => Histogram = () => monitorEventLoopDelay({ resolution: resolutionMs }),
  ) {
    const start = (): Monitor => {
      const histogram = createHistogram();
      histogram.enable();
      return { histogram, sinceMs: clock.nowMs() };
    };
    this.older = start();
    this.younger = start();
  }

  samples(): readonly Sample[] {
    const { histogram } = this.older;
    const samples =
      histogram.count === 0
        ? []
        : [
            { labels: { stat: "p50" }, value: delaySeconds(histogram.percentile(50)) },
            { labels: { stat: "p99" }, value: delaySeconds(histogram.percentile(99)) },
            { labels: { stat: "max" }, value: delaySeconds(histogram.max) },
          ];
    this.rotate();
    return samples;
  }

  stop(): void {
    this.older.histogram.disable();
    this.younger.histogram.disable();
  }

  private rotate(): void {
    const nowMs = this.clock.nowMs();
    if (nowMs - this.younger.sinceMs < windowMs) return;
    const emptied = this.older;
    emptied.histogram.reset();
    emptied.sinceMs = nowMs;
    this.older = this.younger;
    this.younger = emptied;
  }
}

/** Node records, in nanoseconds, the time between two looks: on an idle loop that is the resolution. */
function delaySeconds(betweenLooksNs: number): number {
  return Math.max(0, betweenLooksNs / 1e9 - resolutionMs / 1000);
}

export function collectEventLoopDelay(register: PromRegistry, delay: EventLoopDelay): void {
  collectGauge(register, {
    name: "gpu_health_event_loop_delay_seconds",
    help: "How late the event loop was in the last one to two minutes: median, 99th percentile and maximum.",
    samples: () => delay.samples(),
  });
}
