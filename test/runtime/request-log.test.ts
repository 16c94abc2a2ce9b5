import { beforeEach, describe, expect, it } from "vitest";
import { logRequests } from "../../src/runtime/request-log.js";
import { ManualClock } from "../support/manual-clock.js";
import { type LogLine, recordedLog } from "../support/recorded-log.js";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";

describe("logRequests", () => {
  let clock: ManualClock;
  let lines: LogLine[];
  let log: ReturnType<typeof logRequests>;

  beforeEach(() => {
    clock = new ManualClock();
    const recorded = recordedLog();
    lines = recorded.lines;
    log = logRequests(recorded.logger, clock);
  });

  it("has a line for each request on the admin listener, with its trace", () => {
    log.answered({ method: "POST", path: "/admin/drain", status: 200, traceId });
    log.answered({ method: "PUT", path: "/admin/heartbeats/model", status: 200, traceId: undefined });
    log.answered({ method: "POST", path: "/admin/reload", status: 422, traceId: undefined });
    expect(lines).toMatchObject([
      { level: "info", event: "admin_request", method: "POST", path: "/admin/drain", status: 200, trace_id: traceId },
      { level: "debug", path: "/admin/heartbeats/model" },
      { level: "warn", status: 422 },
    ]);
    expect(lines[1]).not.toHaveProperty("trace_id");
  });

  it("sums up refusals, whatever paths they have, and keeps those short", () => {
    for (let turn = 0; turn < 100; turn += 1) {
      log.answered({ method: "PUT", path: `/${turn}${"x".repeat(10_000)}`, status: 404, traceId: undefined });
    }
    expect(lines).toHaveLength(5);
    expect(JSON.stringify(lines[0]).length).toBeLessThan(1000);
    clock.advance(5 * 60_000);
    expect(lines.at(-1)).toMatchObject({
      level: "warn",
      event: "admin_request",
      method: "PUT",
      status: 404,
      count: 95,
    });
  });

  it("sums up failures", () => {
    for (let turn = 0; turn < 100; turn += 1) log.failed(new Error("boom"), traceId);
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatchObject({
      level: "error",
      event: "request_failed",
      trace_id: traceId,
      err: { message: "boom" },
    });
    clock.advance(5 * 60_000);
    expect(lines.at(-1)).toMatchObject({ event: "request_failed", count: 95 });
  });
});
