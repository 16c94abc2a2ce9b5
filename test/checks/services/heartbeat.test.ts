import { beforeEach, describe, expect, it } from "vitest";
import { judgeHeartbeat } from "../../../src/checks/services/heartbeat.js";
import type { Answer, Check } from "../../../src/core/check.js";
import type { Report } from "../../../src/core/report.js";
import { present, type Result } from "../../../src/core/result.js";
import { ManualClock } from "../../support/manual-clock.js";
import { createCheck } from "../../support/run-check.js";

const loaded: Report = { status: "healthy", reason: "ok", message: "model loaded, tokenizer works" };

const isResult = (answer: Answer): answer is Result => "status" in answer;

describe("judgeHeartbeat", () => {
  const ttlMs = 10_000;

  it("has no answer until the first report, or until the time to live has passed", () => {
    expect(judgeHeartbeat(undefined, 5000, ttlMs, 14_999)).toEqual([]);
    expect(judgeHeartbeat(undefined, 5000, ttlMs, 15_000)).toMatchObject({
      status: "unhealthy",
      reason: "heartbeat_missing",
      message: "no heartbeat yet, 10 s after the start of the check; one is due every 10 s",
    });
  });

  it("repeats what was reported, as evidence of when it came", () => {
    const report: Report = {
      ...loaded,
      readings: { queue_length: 3, queue_wait_seconds: 0.25, batch_size: 8, cache_used_ratio: 0.5 },
    };
    expect(judgeHeartbeat({ report, receivedAtMs: 20_000 }, 0, ttlMs, 22_000)).toEqual([
      {
        observedAtMs: 20_000,
        result: {
          ...loaded,
          readings: {
            ageSeconds: present(2),
            queue_length: present(3),
            queue_wait_seconds: present(0.25),
            batch_size: present(8),
            cache_used_ratio: present(0.5),
          },
          series: {
            reportedCount: [
              { labels: { reading: "queue_length" }, value: 3 },
              { labels: { reading: "batch_size" }, value: 8 },
            ],
            reportedSeconds: [{ labels: { reading: "queue_wait_seconds" }, value: 0.25 }],
            reportedRatio: [{ labels: { reading: "cache_used_ratio" }, value: 0.5 }],
          },
        },
      },
    ]);
  });

  it("says how long it has been silent, and gives no readings that are no data any more", () => {
    const report: Report = { ...loaded, readings: { queue_length: 3 } };
    expect(judgeHeartbeat({ report, receivedAtMs: 20_000 }, 0, ttlMs, 32_000)).toEqual({
      status: "unhealthy",
      reason: "heartbeat_expired",
      message: "the last heartbeat came 12 s ago, one is due every 10 s; it said: model loaded, tokenizer works",
      remedy: "see whether the process runs, and reports to /admin/heartbeats/NAME with the name of this check",
      readings: { ageSeconds: present(12) },
    });
  });
});

describe("heartbeat check", () => {
  let clock: ManualClock;
  let check: Check;
  let heard: string[];

  /** Runs the check whenever it has news, as the scheduler does. */
  beforeEach(() => {
    clock = new ManualClock(1_000_000);
    check = createCheck("heartbeat", { ttl: "10s" }, clock);
    heard = [];
    const look = (): void => {
      const answer = check.run(new AbortController().signal);
      if (answer instanceof Promise) throw new Error("it has nothing to wait for");
      heard.push(isResult(answer) ? answer.reason : (answer[0]?.result.reason ?? "no answer"));
    };
    check.subscribe?.(look);
    look();
  });

  it("is missing as soon as the first report is overdue", () => {
    expect(heard).toEqual(["no answer"]);
    clock.advance(9999);
    expect(heard).toEqual(["no answer"]);
    clock.advance(1);
    expect(heard).toEqual(["no answer", "heartbeat_missing"]);
  });

  it("takes a report at once, and is expired the moment that the next one is overdue", () => {
    check.receive?.(loaded);
    expect(heard).toEqual(["no answer", "ok"]);
    clock.advance(9000);
    check.receive?.({ status: "degraded", reason: "queue_long", message: "400 wait" });
    clock.advance(9999);
    expect(heard).toEqual(["no answer", "ok", "queue_long"]);
    clock.advance(1);
    expect(heard).toEqual(["no answer", "ok", "queue_long", "heartbeat_expired"]);
    check.receive?.(loaded);
    expect(heard.at(-1)).toBe("ok");
  });

  it("leaves no timer behind, however often it was told", () => {
    for (let report = 0; report < 1000; report++) check.receive?.(loaded);
    expect(clock.pending).toBe(1);
    check.stop?.();
    expect(clock.pending).toBe(0);
  });
});
