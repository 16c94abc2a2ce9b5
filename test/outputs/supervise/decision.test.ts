import { describe, expect, it } from "vitest";
import type { RestartPolicy } from "../../../src/core/supervision.js";
import {
  begin,
  type Event,
  type Failure,
  next,
  type State,
  type View,
} from "../../../src/outputs/supervise/decision.js";

const policy: RestartPolicy = {
  failures: 3,
  forMs: 0,
  graceMs: 60_000,
  backoffMs: 1000,
  maxBackoffMs: 4000,
  maxRestarts: 3,
  windowMs: 600_000,
};

const failing = (consecutiveFailures: number, more: Partial<Failure> = {}): Event => ({
  kind: "look",
  view: {
    hold: undefined,
    failures: [{ label: "model", reason: "timeout", message: "no answer", consecutiveFailures, sinceMs: 0, ...more }],
  },
});
const looksWell: View = { hold: undefined, failures: [] };
const well: Event = { kind: "look", view: looksWell };
const held: Event = { kind: "look", view: { hold: { reason: "draining", why: "on purpose" }, failures: [] } };
const crash: Event = { kind: "ended", why: "it ended with signal SIGSEGV" };

/** The state after events at their times, with no luck in the waits: each is whole. */
const stateAfter = (
  events: readonly (readonly [atMs: number, event: Event])[],
  more: Partial<RestartPolicy> = {},
  start: State = begin(0),
): State => events.reduce((state, [atMs, event]) => next(state, event, { ...policy, ...more }, atMs, 0), start);

describe("next", () => {
  it("restarts after so many failures in a row, and says why", () => {
    expect(stateAfter([[60_000, failing(2)]]).phase).toEqual({ kind: "watching" });
    expect(stateAfter([[60_000, failing(3)]]).phase).toEqual({
      kind: "waiting",
      untilMs: 61_000,
      why: "check model failed 3 times in a row (timeout: no answer)",
      isDown: false,
    });
    const due = stateAfter([
      [60_000, failing(3)],
      [60_999, failing(4)],
    ]);
    expect(due.phase.kind).toBe("waiting");
    expect(stateAfter([[61_000, failing(4)]], {}, due)).toMatchObject({
      phase: { kind: "restarting" },
      restartsAtMs: [61_000],
    });
  });

  it("counts no failures of the grace period, neither then nor later, and begins it anew with each start", () => {
    const started = stateAfter([[59_999, failing(50)]]);
    expect(stateAfter([[60_001, failing(52)]], {}, started).phase.kind).toBe("watching");
    expect(stateAfter([[60_001, failing(53)]], {}, started).phase.kind).toBe("waiting");
    // It passed in between, so these are all new.
    expect(stateAfter([[60_001, failing(3)]], {}, started).phase.kind).toBe("waiting");
    const restarted = stateAfter([[70_000, { kind: "restarted" }]], {}, { ...started, phase: restarting });
    expect(stateAfter([[129_999, failing(99)]], {}, restarted).phase.kind).toBe("watching");
  });

  it("waits for the time without a break, too", () => {
    const forMs = 30_000;
    const sinceMs = 70_000;
    expect(stateAfter([[99_999, failing(9, { sinceMs })]], { forMs }).phase.kind).toBe("watching");
    expect(stateAfter([[100_000, failing(9, { sinceMs })]], { forMs }).phase.kind).toBe("waiting");
    expect(stateAfter([[89_999, failing(9)]], { forMs }).phase.kind).toBe("watching");
    expect(stateAfter([[90_000, failing(9)]], { forMs }).phase.kind).toBe("waiting");
  });

  it("does not restart what recovers while it waits, or turns out to be beyond a restart", () => {
    for (const event of [well, held]) {
      expect(
        stateAfter([
          [60_000, failing(3)],
          [60_500, event],
        ]).phase,
      ).toEqual({ kind: "watching" });
    }
  });

  it("starts what has ended whatever else there is, also in the grace period", () => {
    const waiting = stateAfter([[10, crash]]);
    expect(waiting.phase).toMatchObject({ kind: "waiting", untilMs: 1010, isDown: true });
    for (const event of [well, held]) expect(stateAfter([[1010, event]], {}, waiting).phase.kind).toBe("restarting");
  });

  it("takes no end for a crash while it restarts", () => {
    const state: State = { ...begin(0), phase: restarting };
    expect(stateAfter([[10, crash]], {}, state)).toBe(state);
  });

  it("doubles the wait with each restart, up to the longest, and spreads it over its second half", () => {
    const waits = [0, 1, 2].map((count) => {
      const restartsAtMs = Array.from({ length: count }, () => 0);
      const waitOf = (random: number): number => {
        const { phase } = next({ ...begin(0), restartsAtMs }, crash, { ...policy, maxRestarts: 9 }, 10, random);
        return phase.kind === "waiting" ? phase.untilMs - 10 : Number.NaN;
      };
      return [waitOf(1), waitOf(0)];
    });
    expect(waits).toEqual([
      [500, 1000],
      [1000, 2000],
      [2000, 4000],
    ]);
    const many = stateAfter([[10, crash]], { maxRestarts: 99 }, { ...begin(0), restartsAtMs: Array(20).fill(0) });
    expect(many.phase).toMatchObject({ untilMs: 4010 });
  });

  it("gives up at the limit, and not before the window has moved on", () => {
    const restartsAtMs = [0, 1000, 2000];
    const state = { ...begin(0), restartsAtMs };
    expect(stateAfter([[599_999, crash]], {}, state).phase).toEqual({ kind: "gave_up", why: crash.why, isDown: true });
    expect(stateAfter([[600_000, crash]], {}, state)).toMatchObject({
      phase: { kind: "waiting" },
      restartsAtMs: [1000, 2000],
    });
  });

  it("watches again once what it gave up is well; what does not run stays given up", () => {
    const gaveUp = (isDown: boolean): State => ({ ...begin(0), phase: { kind: "gave_up", why: "", isDown } });
    expect(stateAfter([[10, failing(1)]], {}, gaveUp(false)).phase.kind).toBe("gave_up");
    expect(stateAfter([[10, well]], {}, gaveUp(false)).phase.kind).toBe("watching");
    expect(stateAfter([[10, well]], {}, gaveUp(true)).phase.kind).toBe("gave_up");
  });

  it("tries again after a restart that failed, which counts", () => {
    const failed: Event = { kind: "restart_failed", why: "systemctl ended with exit code 5", isDown: false };
    const state: State = { ...begin(0), phase: restarting, restartsAtMs: [0] };
    expect(stateAfter([[10, failed]], {}, state).phase).toMatchObject({
      kind: "waiting",
      untilMs: 2010,
      why: failed.why,
    });
  });
});

const restarting = { kind: "restarting", why: "", isDown: false } as const;
