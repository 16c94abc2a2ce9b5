import { createHistogram } from "node:perf_hooks";
import type { z } from "zod";
import type { Answer, Check } from "../../core/check.js";
import type { Clock } from "../../core/clock.js";
import { healthy, present, type Result } from "../../core/result.js";
import { formatAgainst, formatDuration } from "../../core/units.js";
import { defineCheckType } from "../check-type.js";
import { duration, mapping } from "../options.js";

/**
 * How often the delay is sampled. Waking an idle process is most of what it costs: sampled every 20 ms it takes 1.1 % of
 * a core, every 100 ms 0.6 %, as little as every 200 ms. A block is noted short by one interval at most.
 */
const resolutionMs = 100;

/** The first sample comes sooner: until then nothing is known, and readiness waits for it. */
const firstSampleMs = 20;

/** One hour: what is longer is noted as that. */
const longestMicroseconds = 3_600_000_000;

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
  create: (given, { clock }) => new EventLoopCheck(given, clock),
});

/**
 * Runs a timer of its own and notes how late it comes: what a request would wait. Not `monitorEventLoopDelay`, whose
 * reset starts with a gap that hides a block right after it.
 */
class EventLoopCheck implements Check {
  private readonly delaysMicroseconds = createHistogram({ highest: longestMicroseconds });
  private dueMs = 0;
  private cancelTick = () => {};

  constructor(
    private readonly given: Options,
    private readonly clock: Clock,
  ) {
    this.awaitTick(firstSampleMs);
  }

  run(): Answer | Promise<Answer> {
    if (this.clock.nowMs() >= this.dueMs) this.noteDelay();
    if (this.delaysMicroseconds.count > 0) return this.judge();
    // Nothing was measured before the first tick.
    return new Promise((resolve) => this.clock.schedule(firstSampleMs, () => resolve(this.run())));
  }

  stop(): void {
    this.cancelTick();
  }

  private judge(): Result {
    const p99Ms = this.delaysMicroseconds.percentile(99) / 1000;
    const maxMs = this.delaysMicroseconds.max / 1000;
    this.delaysMicroseconds.reset();
    return judgeEventLoop({ p99Ms, maxMs }, this.given.maxDelay);
  }

  private awaitTick(afterMs = resolutionMs): void {
    this.dueMs = this.clock.nowMs() + afterMs;
    this.cancelTick = this.clock.schedule(afterMs, () => this.noteDelay());
  }

  /** The delay of the tick that has come, or of one that should have come by now. */
  private noteDelay(): void {
    // Timers keep whole milliseconds, so one may come a fraction of one too early; a histogram counts from 1.
    const delayMicroseconds = Math.max(1, Math.round((this.clock.nowMs() - this.dueMs) * 1000));
    this.delaysMicroseconds.record(Math.min(longestMicroseconds, delayMicroseconds));
    this.cancelTick();
    this.awaitTick();
  }
}

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
