import { describe, expect, it } from "vitest";
import { follow, maxTransitions, withPoints } from "../../src/live/follow.js";
import type { LiveHistory, LiveStatus, LiveTransition } from "../../src/live/state.js";

const history: LiveHistory = {
  stepMs: 2000,
  endWallMs: 10_000,
  capacity: 4,
  gpus: { "gpu/0": { temperatureCelsius: [40, 41] } },
};

describe("withPoints", () => {
  it("moves the window on", () => {
    const one = withPoints(history, { atWallMs: 12_000, gpus: { "gpu/0": [null, null, 42, null] } });
    expect(one).toMatchObject({ endWallMs: 12_000, gpus: { "gpu/0": { temperatureCelsius: [40, 41, 42] } } });
    const two = withPoints(one, { atWallMs: 14_000, gpus: { "gpu/0": [0.5, null, 43, null] } });
    const three = withPoints(two, { atWallMs: 16_000, gpus: { "gpu/0": [0.5, null, 44, null] } });
    expect(three.gpus["gpu/0"]).toEqual({ memoryTakenRatio: [0.5, 0.5], temperatureCelsius: [41, 42, 43, 44] });
  });

  it("leaves a gap where steps are missing, also where a GPU says nothing", () => {
    const late = withPoints(history, { atWallMs: 14_010, gpus: { "gpu/0": [null, null, 43, null] } });
    expect(late.gpus["gpu/0"]?.temperatureCelsius).toEqual([40, 41, null, 43]);
    expect(withPoints(history, { atWallMs: 12_000, gpus: {} }).gpus["gpu/0"]?.temperatureCelsius).toEqual([
      40,
      41,
      null,
    ]);
  });

  it("forgets what has no value any more", () => {
    const much = withPoints(history, { atWallMs: 1e9, gpus: { "gpu/1": [null, null, 30, null] } });
    expect(much.gpus).toEqual({ "gpu/0": {}, "gpu/1": { temperatureCelsius: [30] } });
  });
});

describe("follow", () => {
  const status = { state: { reason: "ok" }, history, transitions: [] } as unknown as LiveStatus;
  const transition = (id: number): LiveTransition => ({ id, atWallMs: 0, component: "gpu", reason: "", message: "" });

  it("knows nothing before the first status, and begins anew with each", () => {
    expect(follow(undefined, { event: "state", data: { reason: "x" } })).toBeUndefined();
    expect(follow(undefined, { event: "status", data: status })).toBe(status);
    expect(follow({ ...status, transitions: [transition(1)] }, { event: "status", data: status })).toBe(status);
  });

  it("takes each kind of news", () => {
    expect(follow(status, { event: "state", data: { reason: "x" } })?.state).toEqual({ reason: "x" });
    const points = follow(status, { event: "points", data: { atWallMs: 12_000, gpus: {} } });
    expect(points?.history.endWallMs).toBe(12_000);
  });

  it("keeps the last transitions", () => {
    let known: LiveStatus | undefined = status;
    for (let id = 1; id <= maxTransitions + 3; id += 1) {
      known = follow(known, { event: "transition", data: transition(id) });
    }
    expect(known?.transitions).toHaveLength(maxTransitions);
    expect(known?.transitions.at(0)?.id).toBe(4);
    expect(known?.transitions.at(-1)?.id).toBe(maxTransitions + 3);
  });
});
