import type { Check, ScheduledCheck } from "../core/check.js";
import type { Clock } from "../core/clock.js";
import type { Report } from "../core/report.js";
import type { ReportReason } from "../core/report-reasons.js";
import type { Result } from "../core/result.js";
import { formatDuration } from "../core/units.js";

/** What somebody else says of a component, through the admin listener. */
export interface ComponentReport extends Omit<Report, "readings"> {
  /** Without another report for this long, in milliseconds, it is no data. Undefined: it holds until replaced. */
  readonly ttlMs?: number | undefined;
}

/** A check that has nothing to look at: it repeats the last report while that is valid, and knows by itself when it ends. */
export class ReportCheck implements Check {
  private changed = (): void => {};
  private cancelDue = (): void => {};
  private reportedAtMs: number;

  constructor(
    private report: ComponentReport,
    private readonly clock: Clock,
  ) {
    this.reportedAtMs = clock.nowMs();
  }

  subscribe(changed: () => void): () => void {
    this.changed = changed;
    return () => {
      this.changed = () => {};
    };
  }

  /** Takes effect at once. */
  replace(report: ComponentReport): void {
    this.report = report;
    this.reportedAtMs = this.clock.nowMs();
    this.changed();
  }

  run(): Result {
    const { status, reason, message, ttlMs } = this.report;
    const ageMs = this.clock.nowMs() - this.reportedAtMs;
    this.cancelDue();
    if (ttlMs === undefined || ageMs < ttlMs) {
      // Its end is news, which waits for no interval.
      if (ttlMs !== undefined) this.cancelDue = this.clock.schedule(ttlMs - ageMs, () => this.changed());
      return { status, reason, message, immediate: true };
    }
    return {
      status: "unhealthy",
      reason: "report_expired" satisfies ReportReason,
      message: `no report for ${formatDuration(ageMs)}, one is due every ${formatDuration(ttlMs)}`,
      remedy: "see whether the process that reports this component still runs",
      immediate: true,
    };
  }

  stop(): void {
    this.cancelDue();
  }
}

/**
 * The place on the scheduler of a check that tells its news by itself. It counts at once. To run it once an hour all the
 * same costs nothing, and a result that nobody repeats expires.
 */
export const scheduledReport = (name: string, check: Check): ScheduledCheck => ({
  name,
  type: "report",
  schedule: {
    intervalMs: 3_600_000,
    timeoutMs: 1000,
    initialDelayMs: 0,
    jitter: 0,
    failureThreshold: 1,
    successThreshold: 1,
  },
  check,
});
