import { describe, expect, it } from "vitest";
import { type Known, settledMs } from "../../src/live/known.js";
import { Viewer } from "../../src/live/viewer.js";
import { statusOfSoundGpu } from "../cli/top/known.js";

const beginning = { event: "status", data: statusOfSoundGpu() } as const;

function viewer() {
  const shown: Known[] = [];
  return { shown, viewer: new Viewer((known) => shown.push(known)) };
}

describe("a viewer", () => {
  it("shows nothing before the server has said what there is", () => {
    const { shown, viewer: first } = viewer();
    first.take([{ event: "state", data: {} }], 1);
    first.take([], 2);
    expect([shown, first.knowsAnything]).toEqual([[], false]);
  });

  it("keeps what it knew while the connection is lost, and says since when", () => {
    const { shown, viewer: losing } = viewer();
    losing.take([beginning], 1000);
    losing.ended("nobody listens there", 100, false);
    expect(losing.isLost).toBe(true);
    expect(shown.at(-1)).toEqual({
      status: beginning.data,
      lost: { problem: "nobody listens there", lastNewsMs: 1000 },
    });
    losing.take([beginning], 9000);
    expect([losing.isLost, shown.at(-1)]).toEqual([false, { status: beginning.data }]);
  });

  it("waits longer after each failure in a row, and begins anew after news", () => {
    const { viewer: failing } = viewer();
    const delays = () => [1, 2, 3, 4, 5, 6].map(() => failing.ended("the connection broke", 10, false));
    expect(delays()).toEqual([500, 1000, 2000, 4000, 5000, 5000]);
    failing.take([beginning], 1);
    expect(delays()[0]).toBe(500);
  });

  it("takes a settled connection that ends in good order for no loss, and one that ends at once for one", () => {
    const { shown, viewer: ending } = viewer();
    ending.take([beginning], 1);
    expect(ending.ended("the server ended the connection", settledMs, true)).toBe(0);
    expect([ending.isLost, shown.length]).toEqual([false, 1]);
    expect(ending.ended("the connection broke", settledMs, false)).toBe(500);
    expect(ending.ended("the server ended the connection", settledMs - 1, true)).toBe(1000);
  });

  it("says that it is paused on purpose", () => {
    const { shown, viewer: pausing } = viewer();
    pausing.lose("paused", { isPaused: true });
    expect(shown).toEqual([{ lost: { problem: "paused", isPaused: true } }]);
    expect(pausing.isPaused).toBe(true);
    pausing.ended("the connection broke", 10, false);
    expect(pausing.isPaused).toBe(false);
  });
});
