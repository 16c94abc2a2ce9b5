import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import type { z } from "zod";
import type { Check } from "../core/check.js";
import { healthy, present, type Result } from "../core/result.js";
import { formatAgainst, formatDuration } from "../core/units.js";
import { defineCheckType } from "./check-type.js";
import { duration, mapping } from "./options.js";

/** How often the delay is sampled: finer than any limit that makes sense, and 50 timers a second cost next to nothing. */
const resolutionMs = 20;

const options = mapping({
  maxDelay: duration({ atLeastMs: resolutionMs })
    .prefault("1s")
    .describe("How late the event loop may run a timer, at most, since the last run of the check."),
});

type Options = z.output<typeof options>;

export const eventLoop = defineCheckType<Options>({
  type: "event-loop",
  summary: "The event loop of this process keeps up: no callback held it for longer than the limit.",
  options,
  readings: {
    delayP99Seconds: {
      metric: "event_loop_delay_p99",
      unit: "seconds",
      help: "Delay of the event loop since the last run of the check, 99th percentile.",
    },
    delayMaxSeconds: {
      metric: "event_loop_delay_max",
      unit: "seconds",
      help: "Delay of the event loop since the last run of the check, maximum.",
    },
  },
  create: (given) => new EventLoopCheck(given),
});

class EventLoopCheck implements Check {
  private readonly histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: resolutionMs });

  constructor(private readonly given: Options) {
    this.histogram.enable();
  }

  async run(signal: AbortSignal): Promise<Result> {
    // The first run may come before the first sample.
    while (this.histogram.count === 0) await delay(resolutionMs, undefined, { signal, ref: false });
    const delays = {
      p99Ms: delayMs(this.histogram.percentile(99)),
      maxMs: delayMs(this.histogram.max),
    };
    this.histogram.reset();
    return judgeEventLoop(delays, this.given.maxDelay);
  }

  stop(): void {
    this.histogram.disable();
  }
}

/** The histogram holds nanoseconds between two ticks of its timer; a loop that is on time ticks at the resolution. */
const delayMs = (tickNanoseconds: number): number => Math.max(0, tickNanoseconds / 1e6 - resolutionMs);

/** The verdict over the delays since the last run, in milliseconds. */
export function judgeEventLoop(delays: { readonly p99Ms: number; readonly maxMs: number }, maxDelayMs: number): Result {
  const readings = { delayP99Seconds: present(delays.p99Ms / 1000), delayMaxSeconds: present(delays.maxMs / 1000) };
  const [found, limit] = formatAgainst(delays.maxMs, maxDelayMs, formatDuration);
  if (delays.maxMs <= maxDelayMs)
    return healthy(`the event loop was ${found} late at most, ${limit} allowed`, readings);
  return {
    status: "unhealthy",
    reason: "event_loop_blocked",
    message: `the event loop was ${found} late, ${limit} allowed`,
    remedy: "find what computes on the main thread, or give the process more CPU (a low CPU limit throttles it)",
    readings,
  };
}
