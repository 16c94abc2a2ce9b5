import { describe, expect, it } from "vitest";
import type { Result } from "../../src/core/result.js";
import type { Verdict } from "../../src/core/status.js";
import { type CheckState, nextCheckState } from "../../src/core/transition.js";

const result = (status: Verdict, extra: Partial<Result> = {}): Result => ({
  status,
  reason: `is_${status}`,
  message: status,
  ...extra,
});

/** The status after each of these results, one second apart. */
function statuses(results: readonly Result[], thresholds = { failureThreshold: 1, successThreshold: 1 }): Verdict[] {
  let state: CheckState | undefined;
  return results.map((each, second) => {
    state = nextCheckState(state, each, thresholds, second * 1000);
    return state.status;
  });
}

describe("nextCheckState", () => {
  it("takes the first answer at once, whatever the thresholds", () => {
    expect(statuses([result("unhealthy")], { failureThreshold: 3, successThreshold: 3 })).toEqual(["unhealthy"]);
    expect(statuses([result("healthy")], { failureThreshold: 3, successThreshold: 3 })).toEqual(["healthy"]);
  });

  it("needs failureThreshold worse answers in a row", () => {
    const run = [result("healthy"), result("unhealthy"), result("unhealthy"), result("unhealthy")];
    expect(statuses(run, { failureThreshold: 3, successThreshold: 1 })).toEqual([
      "healthy",
      "healthy",
      "healthy",
      "unhealthy",
    ]);
  });

  it("starts the count again when the streak breaks", () => {
    const run = ["healthy", "unhealthy", "healthy", "unhealthy", "unhealthy"] as const;
    expect(
      statuses(
        run.map((status) => result(status)),
        { failureThreshold: 2, successThreshold: 1 },
      ),
    ).toEqual(["healthy", "healthy", "healthy", "healthy", "unhealthy"]);
  });

  it("needs successThreshold better answers in a row", () => {
    const run = [result("unhealthy"), result("healthy"), result("healthy")];
    expect(statuses(run, { failureThreshold: 1, successThreshold: 2 })).toEqual(["unhealthy", "unhealthy", "healthy"]);
  });

  it("moves only as far as every answer of the streak agrees", () => {
    const thresholds = { failureThreshold: 2, successThreshold: 2 };
    expect(statuses([result("healthy"), result("unhealthy"), result("degraded")], thresholds)).toEqual([
      "healthy",
      "healthy",
      "degraded",
    ]);
    expect(statuses([result("unhealthy"), result("degraded"), result("healthy")], thresholds)).toEqual([
      "unhealthy",
      "unhealthy",
      "degraded",
    ]);
  });

  it("believes an immediate result at once", () => {
    const run = [result("healthy"), result("unhealthy", { immediate: true })];
    expect(statuses(run, { failureThreshold: 5, successThreshold: 1 })).toEqual(["healthy", "unhealthy"]);
  });

  it("does not count the same evidence twice", () => {
    const thresholds = { failureThreshold: 2, successThreshold: 1 };
    let state = nextCheckState(undefined, result("healthy"), thresholds, 0);
    state = nextCheckState(state, result("unhealthy"), thresholds, 1000);
    state = nextCheckState(state, result("unhealthy"), thresholds, 1000);
    expect(state.status).toBe("healthy");
    state = nextCheckState(state, result("unhealthy"), thresholds, 2000);
    expect(state.status).toBe("unhealthy");
  });

  it("explains the status with the newest result that agrees, and keeps the newest one beside it", () => {
    const thresholds = { failureThreshold: 2, successThreshold: 1 };
    const good = result("healthy", { message: "1 ms" });
    const bad = result("unhealthy", { message: "refused" });
    let state = nextCheckState(undefined, good, thresholds, 0);
    state = nextCheckState(state, bad, thresholds, 1000);
    expect(state.reported).toBe(good);
    expect(state.latest).toBe(bad);
    expect(state.observedAtMs).toBe(1000);
  });

  it("keeps since when the status holds", () => {
    const thresholds = { failureThreshold: 2, successThreshold: 1 };
    const verdicts = ["healthy", "healthy", "unhealthy", "unhealthy", "unhealthy"] as const;
    let state: CheckState | undefined;
    const since = verdicts.map((verdict, second) => {
      state = nextCheckState(state, result(verdict), thresholds, second * 1000);
      return state.sinceMs;
    });
    expect(since).toEqual([0, 0, 0, 3000, 3000]);
  });
});

describe("consecutive failures", () => {
  const thresholds = { failureThreshold: 3, successThreshold: 2 };

  it("are counted from the first one on, whatever the thresholds", () => {
    let state: CheckState | undefined;
    const run = ["unhealthy", "healthy", "unhealthy", "unhealthy", "degraded", "unhealthy"] as const;
    const counts = run.map((status, second) => {
      state = nextCheckState(state, result(status), thresholds, second);
      return state.consecutiveFailures;
    });
    expect(counts).toEqual([1, 0, 1, 2, 0, 1]);
  });

  it("count the same evidence once", () => {
    const first = nextCheckState(undefined, result("unhealthy"), thresholds, 5);
    expect(nextCheckState(first, result("unhealthy"), thresholds, 5).consecutiveFailures).toBe(1);
    expect(nextCheckState(first, result("unhealthy"), thresholds, 6).consecutiveFailures).toBe(2);
  });
});
