import type { z } from "zod";
import { delayHistogram, firstSampleMs, resolutionMs } from "../../core/event-loop-delays.js";
import { healthy, present } from "../../core/result.js";
import { formatAgainst, formatDuration } from "../../core/units.js";
import { type CheckContext, defineCheck } from "../check-type.js";
import { duration, mapping } from "../options.js";
import type { Answer, Check, Result } from "../result.js";

const options = () =>
  mapping({
    maxDelay: duration({ atLeastMs: resolutionMs })
      .prefault("1s")
      .describe("How late the event loop may run a timer, at most, since the last run of the check."),
  });

type Options = z.output<ReturnType<typeof options>>;

export const eventLoop = defineCheck<Options>({
  type: "event-loop",
  summary: "The event loop of this process keeps up: no callback held it for longer than the limit.",
  reasons: ["eventLoop"],
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
  create: (given, context) => new EventLoopCheck(given, context),
});

class EventLoopCheck implements Check {
  private readonly microseconds = delayHistogram();
  private readonly unsubscribe: () => void;

  constructor(
    private readonly given: Options,
    private readonly context: CheckContext,
  ) {
    this.unsubscribe = context.eventLoop.subscribe((microseconds) => this.microseconds.record(microseconds));
  }

  run(): Answer | Promise<Answer> {
    this.context.eventLoop.catchUp();
    if (this.microseconds.count > 0) return this.judge();
    // Nothing was measured before the first tick.
    return new Promise((resolve) => this.context.clock.schedule(firstSampleMs, () => resolve(this.run())));
  }

  stop(): void {
    this.unsubscribe();
  }

  private judge(): Result {
    const p99Ms = this.microseconds.percentile(99) / 1000;
    const maxMs = this.microseconds.max / 1000;
    this.microseconds.reset();
    return judgeEventLoop({ p99Ms, maxMs }, this.given.maxDelay);
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
