import type { Report } from "./report.js";
import type { Observation, Result } from "./result.js";
import type { Verdict } from "./status.js";

/**
 * What a run of a check gives: one result, or one per subject. An empty list means «no answer yet» (the GPUs are still
 * being opened): what depends on the check stays unknown.
 */
export type Answer<Reason extends string = string> = Result<Reason> | readonly Observation<Reason>[];

/** A named probe at work. The scheduler alone calls it. */
export interface Check<Reason extends string = string> {
  /**
   * Looks once. `signal` aborts at the deadline: stop the work then. A rejection is an unhealthy result; reject with a
   * {@link CheckError} to name the reason.
   */
  run(signal: AbortSignal): Answer<Reason> | Promise<Answer<Reason>>;
  /** For checks that learn of news between two runs: call `changed` and the scheduler runs the check at once. */
  subscribe?(changed: () => void): () => void;
  /** For checks that wait for what another process says of itself. */
  receive?(report: Report): void;
  /** Frees what the check holds. Called once, after the last run has ended or passed its deadline. */
  stop?(): void | Promise<void>;
}

/** When a check runs, and how many answers in a row change its status. All durations in milliseconds. */
export interface Schedule {
  readonly intervalMs: number;
  /** The deadline of one run. Over it the result is unhealthy with reason `timeout`. */
  readonly timeoutMs: number;
  readonly initialDelayMs: number;
  /** Share of the interval by which each wait varies at random, 0 to 1, so that checks do not march in step. */
  readonly jitter: number;
  readonly failureThreshold: number;
  readonly successThreshold: number;
}

/** What a configuration says of a check beside what it does. */
export interface CheckAbout {
  /** A sentence for people: what the check stands for. */
  readonly description?: string;
  /** An http or https URL: what to do when the check fails. */
  readonly runbook?: string;
  /** Names of the checks without which this one cannot pass. */
  readonly dependsOn: readonly string[];
}

/** A check with its name and schedule: all that the scheduler needs. */
export interface ScheduledCheck {
  readonly name: string;
  readonly type: string;
  readonly schedule: Schedule;
  readonly check: Check;
}

/** Why a check could not say «healthy», with a reason code of the check's own. */
export class CheckError<Reason extends string = string> extends Error {
  readonly reason: Reason;
  readonly remedy: string | undefined;

  constructor(options: { reason: Reason; message: string; remedy?: string; cause?: unknown }) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "CheckError";
    this.reason = options.reason;
    this.remedy = options.remedy;
  }
}

/** One finished run of a check, for counts and durations. */
export interface CheckRun {
  readonly check: string;
  readonly type: string;
  readonly durationMs: number;
  /** Where a run had several subjects, the worst of them. */
  readonly outcome: Verdict;
}
