import { beforeEach, describe, expect, it } from "vitest";
import { afterChange, afterWindow, type ChangeWindow, FlapFilter } from "../../../src/outputs/log/flapping.js";
import { ManualClock } from "../../support/manual-clock.js";

const minuteMs = 60_000;

describe("afterChange", () => {
  it("logs the first five, announces the sixth and holds back the rest", () => {
    let window: ChangeWindow | undefined;
    const decisions = Array.from({ length: 8 }, (_, at) => {
      const step = afterChange(window, at);
      window = step.window;
      return step.decision;
    });
    expect(decisions).toEqual(["log", "log", "log", "log", "log", "announce", "hold", "hold"]);
    expect(window).toEqual({ endsAtMs: 5 * minuteMs, logged: 5, held: 3, isAnnounced: true });
  });
});

describe("afterWindow", () => {
  it("goes on holding back after a window that did, and starts anew after a quiet one", () => {
    const held = { endsAtMs: 0, logged: 5, held: 3, isAnnounced: true };
    const next = afterWindow(held, 7);
    expect(next).toEqual({ endsAtMs: 7 + 5 * minuteMs, logged: 5, held: 0, isAnnounced: true });
    expect(afterChange(next, 8).decision).toBe("hold");
    expect(afterWindow({ ...held, held: 0 }, 7)).toBeUndefined();
  });
});

describe("FlapFilter", () => {
  let clock: ManualClock;
  let sums: [string, number][];
  let filter: FlapFilter<string>;

  beforeEach(() => {
    clock = new ManualClock();
    sums = [];
    filter = new FlapFilter(clock, (about, held) => sums.push([about, held]));
  });

  it("counts each thing apart and tells the newest of what it knows", () => {
    for (let turn = 0; turn < 9; turn += 1) filter.change("a", `a${turn}`);
    expect(filter.change("b", "b")).toBe("log");
    clock.advance(5 * minuteMs);
    expect(sums).toEqual([["a8", 4]]);
  });

  it("keeps nothing of what has been quiet, and no timer", () => {
    for (let name = 0; name < 1000; name += 1) filter.change(`name ${name}`, "");
    for (let turn = 0; turn < 9; turn += 1) filter.change("a", "a");
    clock.advance(5 * minuteMs);
    expect(clock.pending).toBe(1);
    clock.advance(5 * minuteMs);
    expect(clock.pending).toBe(0);
    expect(filter.change("a", "a")).toBe("log");
  });
});
