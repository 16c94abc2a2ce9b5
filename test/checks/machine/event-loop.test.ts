import { describe, expect, it } from "vitest";
import { judgeEventLoop } from "../../../src/checks/machine/event-loop.js";
import { ManualClock } from "../../support/manual-clock.js";
import { createCheck, runOnce } from "../../support/run-check.js";

describe("judgeEventLoop", () => {
  it("is healthy up to the limit", () => {
    expect(judgeEventLoop({ p99Ms: 3, maxMs: 1000 }, 1000)).toEqual({
      status: "healthy",
      reason: "ok",
      message: "the event loop was 1 s late at most, 1 s allowed",
      readings: { delayP99Seconds: { ok: true, value: 0.003 }, delayMaxSeconds: { ok: true, value: 1 } },
    });
  });

  it("is unhealthy over it, with figures that differ", () => {
    expect(judgeEventLoop({ p99Ms: 3, maxMs: 1004 }, 1000)).toMatchObject({
      status: "unhealthy",
      reason: "event_loop_blocked",
      message: "the event loop was 1.004 s late, 1 s allowed",
      remedy: expect.stringContaining("CPU"),
    });
  });
});

describe("event-loop check", () => {
  function start(clock = new ManualClock()) {
    const check = createCheck("event-loop", { maxDelay: "200ms" }, clock);
    return { clock, check };
  }

  it("waits for its first tick", async () => {
    const { clock, check } = start();
    const running = runOnce(check);
    clock.advance(20);
    expect(await running).toMatchObject({
      status: "healthy",
      message: "the event loop was 0 ms late at most, 200 ms allowed",
    });
  });

  it("sees a block, even one that has only just ended, and then forgets it", async () => {
    const { clock, check } = start();
    clock.advance(1000);
    expect(await runOnce(check)).toMatchObject({ status: "healthy" });
    clock.suspend(400);
    expect(await runOnce(check)).toMatchObject({ status: "unhealthy", reason: "event_loop_blocked" });
    clock.advance(1000);
    expect(await runOnce(check)).toMatchObject({ status: "healthy" });
  });

  it("goes on when a timer comes a fraction of a millisecond early, as Node's do", async () => {
    class EarlyClock extends ManualClock {
      override schedule(delayMs: number, callback: () => void): () => void {
        return super.schedule(delayMs - 0.4, callback);
      }
    }
    const { clock, check } = start(new EarlyClock());
    clock.advance(5000);
    expect(await runOnce(check)).toMatchObject({
      status: "healthy",
      message: "the event loop was 0 ms late at most, 200 ms allowed",
    });
  });

  it("leaves no timer behind", () => {
    const { clock, check } = start();
    clock.advance(100);
    check.stop?.();
    expect(clock.pending).toBe(0);
  });

  it("measures the real event loop", async () => {
    const check = createCheck("event-loop", { maxDelay: "200ms" });
    await runOnce(check);
    const untilMs = performance.now() + 400;
    while (performance.now() < untilMs);
    expect(await runOnce(check)).toMatchObject({ status: "unhealthy", reason: "event_loop_blocked" });
    check.stop?.();
  });
});
