import { z } from "zod";
import { duration, mapping, percent } from "../checks/options.js";
import type { CheckAbout, Schedule } from "../core/check.js";

/** The schedule of a check that says nothing of it, unless its type has other defaults. */
export const defaultSchedule: Schedule = {
  intervalMs: 5000,
  timeoutMs: 2000,
  initialDelayMs: 0,
  jitter: 0.1,
  failureThreshold: 2,
  successThreshold: 1,
};

const runbook = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: "expected a URL with http:// or https://, as in https://wiki.example/runbooks/model",
  })
  .meta({ kind: "URL" });

/** The options of every check, whatever its type. */
export const commonOptions = mapping({
  type: z.string().describe("What is checked: see docs/checks.md."),
  description: z.string().min(1).optional().describe("A sentence for people, shown in the report."),
  runbook: runbook.optional().describe("Where it says what to do when the check fails, shown in the report as a link."),
  dependsOn: z
    .array(z.string())
    .optional()
    .describe(
      "Names of the checks without which this one cannot pass. While one of them is unhealthy, a failure of this one is its consequence, and components give the cause's reason.",
    ),
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

/** What the configuration says of a check beside what it does. */
export function aboutOf({ description, runbook, dependsOn }: z.output<typeof commonOptions>): CheckAbout {
  return {
    ...(description === undefined ? {} : { description }),
    ...(runbook === undefined ? {} : { runbook }),
    dependsOn: dependsOn ?? [],
  };
}

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
