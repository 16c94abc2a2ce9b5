import type { z } from "zod";
import type { Answer, Check } from "../../core/check.js";
import type { Clock } from "../../core/clock.js";
import type { ReasonIn } from "../../core/reason.js";
import { type Report, unitOfName } from "../../core/report.js";
import {
  type LabelledValue,
  present,
  type ReadingDeclaration,
  type Readings,
  type Result,
  type Series,
  type Unit,
} from "../../core/result.js";
import { formatDuration } from "../../core/units.js";
import { defineCheck } from "../check-type.js";
import { duration, mapping } from "../options.js";
import type { heartbeatReasons } from "./heartbeat-reasons.js";

const options = () =>
  mapping({
    ttl: duration({ atLeastMs: 1000 })
      .prefault("30s")
      .describe(
        "How long a report holds. Two or three times the interval in which the process reports leaves it time.",
      ),
  });

type Options = z.output<ReturnType<typeof options>>;

/** One metric for each unit, since a metric has one unit; the label is the name that the reporter chose. */
const reported = (unit: Unit): ReadingDeclaration => ({
  metric: "heartbeat_reported",
  unit,
  labels: ["reading"],
  help: `What the process reports in ${unit === "count" ? "plain numbers" : unit}, by the name that it gives.`,
});

/** A result has the reason that the process reports, so its reasons are an open set. */
export const heartbeat = defineCheck<Options, string, string>({
  type: "heartbeat",
  summary: "Another process has reported within the time to live, and says that it is well.",
  reasons: ["heartbeats"],
  options,
  schedule: { failureThreshold: 1 },
  readings: {
    ageSeconds: { metric: "heartbeat_age", unit: "seconds", help: "Time since the last report." },
    reportedCount: reported("count"),
    reportedBytes: reported("bytes"),
    reportedRatio: reported("ratio"),
    reportedSeconds: reported("seconds"),
    reportedCelsius: reported("celsius"),
    reportedWatts: reported("watts"),
    reportedHertz: reported("hertz"),
  },
  create: ({ ttl }, { clock }) => new HeartbeatCheck(ttl, clock),
});

const seriesNames: Readonly<Record<Unit, string>> = {
  count: "reportedCount",
  bytes: "reportedBytes",
  ratio: "reportedRatio",
  seconds: "reportedSeconds",
  celsius: "reportedCelsius",
  watts: "reportedWatts",
  hertz: "reportedHertz",
};

/** A report and when it came, on the monotonic clock, in milliseconds. */
export interface Heartbeat {
  readonly report: Report;
  readonly receivedAtMs: number;
}

class HeartbeatCheck implements Check {
  private readonly waitingSinceMs: number;
  private last: Heartbeat | undefined;
  private changed = (): void => {};
  private cancelDue = (): void => {};

  constructor(
    private readonly ttlMs: number,
    private readonly clock: Clock,
  ) {
    this.waitingSinceMs = clock.nowMs();
  }

  subscribe(changed: () => void): () => void {
    this.changed = changed;
    return () => {
      this.changed = () => {};
    };
  }

  receive(report: Report): void {
    this.last = { report, receivedAtMs: this.clock.nowMs() };
    this.changed();
  }

  run(): Answer {
    const nowMs = this.clock.nowMs();
    const dueMs = (this.last?.receivedAtMs ?? this.waitingSinceMs) + this.ttlMs;
    this.cancelDue();
    // Its end is news, which waits for no interval.
    if (nowMs < dueMs) this.cancelDue = this.clock.schedule(dueMs - nowMs, () => this.changed());
    return judgeHeartbeat(this.last, this.waitingSinceMs, this.ttlMs, nowMs);
  }

  stop(): void {
    this.cancelDue();
  }
}

/** All times on the monotonic clock, in milliseconds. */
export function judgeHeartbeat(
  last: Heartbeat | undefined,
  waitingSinceMs: number,
  ttlMs: number,
  nowMs: number,
): Answer {
  const silentMs = nowMs - (last?.receivedAtMs ?? waitingSinceMs);
  if (silentMs >= ttlMs) return silent(last, silentMs, ttlMs);
  if (last === undefined) return [];
  const { status, reason, message, readings = {} } = last.report;
  const result: Result = {
    status,
    reason,
    message,
    readings: { ageSeconds: present(silentMs / 1000), ...asReadings(readings) },
    series: asSeries(readings),
  };
  // One report is one piece of evidence, however often it is looked at.
  return [{ result, observedAtMs: last.receivedAtMs }];
}

function silent(
  last: Heartbeat | undefined,
  silentMs: number,
  ttlMs: number,
): Result<ReasonIn<typeof heartbeatReasons>> {
  const due = `one is due every ${formatDuration(ttlMs)}`;
  const remedy = "see whether the process runs, and reports to /admin/heartbeats/NAME with the name of this check";
  if (last === undefined) {
    const message = `no heartbeat yet, ${formatDuration(silentMs)} after the start of the check; ${due}`;
    return { status: "unhealthy", reason: "heartbeat_missing", message, remedy };
  }
  const readings = { ageSeconds: present(silentMs / 1000) };
  const message = `the last heartbeat came ${formatDuration(silentMs)} ago, ${due}; it said: ${last.report.message}`;
  return { status: "unhealthy", reason: "heartbeat_expired", message, remedy, readings };
}

const asReadings = (readings: NonNullable<Report["readings"]>): Readings =>
  Object.fromEntries(Object.entries(readings).map(([name, value]) => [name, present(value)]));

function asSeries(readings: NonNullable<Report["readings"]>): Series {
  const all: Record<string, readonly LabelledValue[]> = {};
  for (const [name, value] of Object.entries(readings)) {
    const series = seriesNames[unitOfName(name)];
    all[series] = [...(all[series] ?? []), { labels: { reading: name }, value }];
  }
  return all;
}
