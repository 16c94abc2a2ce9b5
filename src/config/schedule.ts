import { z } from "zod";
import { duration, mapping, percent } from "../checks/options.js";
import type { Schedule } from "../core/check.js";

/** The schedule of a check that says nothing of it, unless its type has other defaults. */
export const defaultSchedule: Schedule = {
  intervalMs: 5000,
  timeoutMs: 2000,
  initialDelayMs: 0,
  jitter: 0.1,
  failureThreshold: 2,
  successThreshold: 1,
};

/** The options of every check, whatever its type. */
export const commonOptions = mapping({
  type: z.string().describe("What is checked: see docs/checks.md."),
  interval: duration({ atLeastMs: 100 }).optional().describe("How often it runs."),
  timeout: duration({ atLeastMs: 50 })
    .optional()
    .describe("The deadline of one run, no longer than the interval. Over it the result is unhealthy."),
  initialDelay: duration()
    .optional()
    .describe("How long after the start the first run begins. A check that a reload brings or changes runs at once."),
  jitter: percent({ atMostRatio: 0.5 })
    .optional()
    .describe(
      "Share of the interval by which each wait varies at random, 50% at most, so that checks do not march in step.",
    ),
  failureThreshold: z.int().min(1).optional().describe("How many worse answers in a row make the check worse."),
  successThreshold: z.int().min(1).optional().describe("How many better answers in a row make it better."),
});

/** What the configuration says over what the type says over what every check has. */
export function scheduleOf(given: z.output<typeof commonOptions>, ofType: Partial<Schedule> = {}): Schedule {
  const defaults = { ...defaultSchedule, ...ofType };
  const intervalMs = given.interval ?? defaults.intervalMs;
  return {
    intervalMs,
    timeoutMs: given.timeout ?? Math.min(defaults.timeoutMs, intervalMs),
    initialDelayMs: given.initialDelay ?? defaults.initialDelayMs,
    jitter: given.jitter ?? defaults.jitter,
    failureThreshold: given.failureThreshold ?? defaults.failureThreshold,
    successThreshold: given.successThreshold ?? defaults.successThreshold,
  };
}
