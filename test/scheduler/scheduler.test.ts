import { beforeEach, describe, expect, it } from "vitest";
import { type Answer, type Check, CheckError, type CheckRun, type Schedule } from "../../src/core/check.js";
import { Registry } from "../../src/core/registry.js";
import { healthy, type Result } from "../../src/core/result.js";
import { Scheduler } from "../../src/scheduler/scheduler.js";
import { ManualClock } from "../support/manual-clock.js";

const schedule: Schedule = {
  intervalMs: 10_000,
  timeoutMs: 2000,
  initialDelayMs: 0,
  jitter: 0,
  failureThreshold: 1,
  successThreshold: 1,
};

/** A check whose runs the test answers by hand. */
class ScriptedCheck implements Check {
  readonly runs: { answer: (answer: Answer) => void; fail: (error: unknown) => void; signal: AbortSignal }[] = [];
  changed: (() => void) | undefined;
  isStopped = false;

  run(signal: AbortSignal): Promise<Answer> {
    return new Promise((answer, fail) => this.runs.push({ answer, fail, signal }));
  }

  subscribe(changed: () => void): () => void {
    this.changed = changed;
    return () => {
      this.changed = undefined;
    };
  }

  stop(): void | Promise<void> {
    this.isStopped = true;
  }
}

/** Lets promises that are already settled reach whoever waits for them. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("Scheduler", () => {
  let clock: ManualClock;
  let registry: Registry;
  let runs: CheckRun[];
  let scheduler: Scheduler;
  let check: ScriptedCheck;
  let random: number;

  beforeEach(() => {
    clock = new ManualClock();
    registry = new Registry(clock);
    runs = [];
    random = 0.5;
    scheduler = new Scheduler({ registry, clock, random: () => random, onRun: (run) => runs.push(run) });
    check = new ScriptedCheck();
    registry.define([{ name: "model", critical: ["model"], optional: [], carriesTraffic: true }]);
  });

  const add = (changes: Partial<Schedule> = {}): void =>
    scheduler.add({ name: "model", type: "test", schedule: { ...schedule, ...changes }, check });
  const component = () => registry.get("model");
  async function answer(result: Answer): Promise<void> {
    check.runs.at(-1)?.answer(result);
    await settled();
  }

  it("runs at once and publishes the answer", async () => {
    add();
    expect(component()?.status).toBe("unknown");
    clock.advance(40);
    await answer(healthy("fine"));
    expect(component()).toMatchObject({ status: "healthy", reason: "ok" });
    expect(runs).toEqual([{ check: "model", type: "test", durationMs: 40, outcome: "healthy" }]);
  });

  it("waits for its initial delay", () => {
    add({ initialDelayMs: 3000 });
    clock.advance(2999);
    expect(check.runs).toHaveLength(0);
    clock.advance(1);
    expect(check.runs).toHaveLength(1);
  });

  it("runs again an interval after the last start", async () => {
    add();
    clock.advance(1500);
    await answer(healthy("fine"));
    clock.advance(8499);
    expect(check.runs).toHaveLength(1);
    clock.advance(1);
    expect(check.runs).toHaveLength(2);
  });

  it.each([
    [0, 9000],
    [0.999999, 11_000],
  ])("varies the interval by its jitter (random %s: %s ms)", async (value, expectedMs) => {
    random = value;
    add({ jitter: 0.1 });
    await answer(healthy("fine"));
    clock.advance(expectedMs - 1);
    expect(check.runs).toHaveLength(1);
    clock.advance(1);
    expect(check.runs).toHaveLength(2);
  });

  it("says timeout at the deadline and tells the work to end", async () => {
    add();
    clock.advance(1999);
    await settled();
    expect(component()?.status).toBe("unknown");
    clock.advance(1);
    await settled();
    expect(component()).toMatchObject({ status: "unhealthy", reason: "timeout", message: "no answer in 2 s" });
    expect(check.runs[0]?.signal.aborted).toBe(true);
    expect(runs).toMatchObject([{ durationMs: 2000, outcome: "unhealthy" }]);
  });

  it("lets a check that ends at the deadline say how far it got", async () => {
    add();
    const message = "connected, but no answer after 2 s";
    check.runs[0]?.signal.addEventListener("abort", () =>
      check.runs[0]?.fail(new CheckError({ reason: "timeout", message })),
    );
    clock.advance(2000);
    await settled();
    expect(component()).toMatchObject({ status: "unhealthy", reason: "timeout", message });
    expect(runs).toHaveLength(1);
  });

  it("takes a bare abort for the timeout that it is", async () => {
    add();
    check.runs[0]?.signal.addEventListener("abort", () => check.runs[0]?.fail(new Error("This operation was aborted")));
    clock.advance(2000);
    await settled();
    expect(component()).toMatchObject({ reason: "timeout", message: "no answer in 2 s" });
  });

  it("never runs twice at a time, and says so while the work does not end", async () => {
    add();
    clock.advance(2000);
    await settled();
    clock.advance(8000);
    expect(check.runs).toHaveLength(1);
    expect(component()?.message).toBe("no answer for 10 s, and the work does not end");
  });

  it("does not believe an answer that comes after the deadline", async () => {
    add();
    clock.advance(2000);
    await settled();
    await answer(healthy("late"));
    expect(component()?.reason).toBe("timeout");
    clock.advance(8000);
    expect(check.runs).toHaveLength(2);
    await answer(healthy("in time"));
    expect(component()?.status).toBe("healthy");
  });

  it("believes what a check says of each of its subjects when it ends on the signal", async () => {
    check.run = (signal) =>
      new Promise((resolve) => {
        const hung: Result = { status: "unhealthy", reason: "hung", message: "gpu/1 hangs" };
        const subject = (name: string) => ({ name, aliases: [], labels: {} });
        signal.addEventListener("abort", () =>
          resolve([
            { subject: subject("gpu/0"), result: healthy("fine") },
            { subject: subject("gpu/1"), result: hung },
          ]),
        );
      });
    add();
    clock.advance(2000);
    await settled();
    expect(registry.get("gpu/0")?.status).toBe("healthy");
    expect(registry.get("gpu/1")).toMatchObject({ status: "unhealthy", reason: "hung" });
  });

  it("gives the reason of a CheckError, and takes any other error for a fault of the check", async () => {
    add();
    check.runs[0]?.fail(
      new CheckError({ reason: "connection_refused", message: "nobody listens", remedy: "start it" }),
    );
    await settled();
    expect(component()).toMatchObject({ reason: "connection_refused", message: "nobody listens", remedy: "start it" });
    clock.advance(10_000);
    check.runs[1]?.fail(new TypeError("x is undefined"));
    await settled();
    expect(component()).toMatchObject({ status: "unhealthy", reason: "check_failed" });
  });

  it("survives a check that throws", () => {
    check.run = () => {
      throw new Error("broken");
    };
    add();
    expect(component()).toMatchObject({ reason: "check_failed" });
  });

  it("runs at once on news, and once more for news during a run", async () => {
    add();
    await answer(healthy("fine"));
    check.changed?.();
    expect(check.runs).toHaveLength(2);
    check.changed?.();
    check.changed?.();
    expect(check.runs).toHaveLength(2);
    await answer(healthy("fine"));
    expect(check.runs).toHaveLength(3);
    await answer(healthy("fine"));
    expect(check.runs).toHaveLength(3);
  });

  it("lets a result expire that nothing renews", async () => {
    add({ intervalMs: 1000, timeoutMs: 2000 });
    await answer(healthy("fine"));
    clock.suspend(60_000);
    expect(component()).toMatchObject({ status: "unhealthy", reason: "stale", message: "no result for 4 s" });
    await answer(healthy("fine again"));
    expect(component()?.status).toBe("healthy");
  });

  it("stays unknown while a check has no answer yet", async () => {
    add();
    await answer([]);
    expect(component()?.status).toBe("unknown");
    expect(runs).toEqual([]);
  });

  it("says a failure of the whole run of every subject", async () => {
    const subject = (name: string) => ({ name, aliases: [], labels: {} });
    const good: Result = healthy("fine");
    add();
    await answer([
      { subject: subject("gpu/0"), result: good },
      { subject: subject("gpu/1"), result: good },
    ]);
    expect(registry.get("gpu/1")?.status).toBe("healthy");
    clock.advance(12_000);
    await settled();
    expect(registry.get("gpu/0")?.reason).toBe("timeout");
    expect(registry.get("gpu/1")?.reason).toBe("timeout");
  });

  it("stops: aborts the run, waits for it, frees the check, publishes nothing more", async () => {
    add();
    const stopped = scheduler.stop();
    expect(check.changed).toBeUndefined();
    expect(check.runs[0]?.signal.aborted).toBe(true);
    expect(check.isStopped).toBe(false);
    await answer(healthy("late"));
    await stopped;
    expect(check.isStopped).toBe(true);
    expect(component()?.status).toBe("unknown");
    clock.advance(60_000);
    expect(check.runs).toHaveLength(1);
  });

  it("does not wait past the deadline of a run that ignores its signal", async () => {
    add();
    const stopped = scheduler.stop();
    clock.advance(2000);
    await stopped;
    expect(check.isStopped).toBe(true);
  });

  it("does not wait for a check that is never freed", async () => {
    add();
    await answer(healthy("fine"));
    check.stop = () => new Promise<void>(() => {});
    const stopped = scheduler.stop();
    await settled();
    clock.advance(2000);
    await stopped;
  });

  it("forgets what a removed check said", async () => {
    add();
    await answer(healthy("fine"));
    await scheduler.remove("model");
    expect(component()?.status).toBe("unknown");
  });

  it("keeps what was said when a check is replaced by one of the same name", async () => {
    add();
    await answer(healthy("fine"));
    const removed = scheduler.remove("model");
    check = new ScriptedCheck();
    add();
    await removed;
    expect(component()?.status).toBe("healthy");
    await answer({ status: "unhealthy", reason: "refused", message: "no" });
    expect(component()?.reason).toBe("refused");
  });

  describe("many checks", () => {
    const many = Array.from({ length: 100 }, (_, index) => `check-${index}`);
    let checks: ScriptedCheck[];

    beforeEach(() => {
      checks = many.map((name) => {
        const each = new ScriptedCheck();
        scheduler.add({ name, type: "test", schedule, check: each });
        return each;
      });
    });

    const startedChecks = (): number => checks.filter(({ runs }) => runs.length > 0).length;

    it("begin a few at a time, each as soon as another has ended", async () => {
      expect(startedChecks()).toBe(32);
      for (const each of checks.slice(0, 10)) each.runs[0]?.answer(healthy("fine"));
      await settled();
      expect(startedChecks()).toBe(42);
    });

    it("are delayed by hanging ones for an instant only, and each has its whole deadline", async () => {
      clock.advance(75);
      expect(startedChecks()).toBe(100);
      clock.advance(1930);
      await settled();
      const timedOut = registry.checks().filter(({ state }) => state.reported.reason === "timeout");
      expect(timedOut).toHaveLength(32);
      clock.advance(75);
      await settled();
      expect(registry.checks()).toHaveLength(100);
    });

    it("come apart after the first round, none before half its interval and none after it", async () => {
      for (let round = 0; round < 4; round++) {
        for (const each of checks) each.runs[0]?.answer(healthy("fine"));
        await settled();
      }
      clock.advance(4900);
      expect(checks.filter(({ runs }) => runs.length > 1)).toEqual([]);
      const startsPerSecond: number[] = [];
      for (let second = 0; second < 5; second++) {
        const before = checks.filter(({ runs }) => runs.length > 1).length;
        clock.advance(1020);
        startsPerSecond.push(checks.filter(({ runs }) => runs.length > 1).length - before);
      }
      expect(startsPerSecond.reduce((sum, each) => sum + each)).toBe(100);
      expect(Math.max(...startsPerSecond)).toBeLessThanOrEqual(23);
    });

    it("make way for what a check has learnt by itself", () => {
      checks[99]?.changed?.();
      expect(checks[99]?.runs).toHaveLength(1);
    });

    it("end in the queue as well as at work", async () => {
      const stopped = scheduler.stop();
      clock.advance(2000);
      await stopped;
      expect(startedChecks()).toBe(32);
      expect(checks.every(({ isStopped }) => isStopped)).toBe(true);
    });
  });

  it("keeps how long the last run took", async () => {
    add();
    clock.advance(40);
    await answer(healthy("fine"));
    expect(registry.checks()[0]?.lastRunMs).toBe(40);
  });
});
