import { afterEach, describe, expect, it, vi } from "vitest";
import { parseFleet, Simulator, simulatedModels } from "../../src/gpu/simulator.js";

afterEach(() => vi.unstubAllEnvs());

describe.skipIf(simulatedModels().length === 0)("parseFleet (where the native part is built)", () => {
  it.each(simulatedModels())("reads %s with and without a count", (model) => {
    expect(parseFleet(model)).toEqual({ model, count: 1 });
    expect(parseFleet(`${model.toUpperCase()}x12`)).toEqual({ model, count: 12 });
  });

  it.each([
    ["h300", 'cannot simulate "h300": the models are'],
    ["", 'cannot simulate "": the models are'],
    ["x2", 'cannot simulate "x2": the models are'],
    ["h200x", 'cannot simulate "h200x": the models are'],
    ["h200x0", "cannot simulate 0 GPUs: 1 to 64 are possible"],
    ["rtx4090x65", "cannot simulate 65 GPUs: 1 to 64 are possible"],
  ])("refuses %j", (text, problem) => {
    expect(() => parseFleet(text)).toThrow(problem);
  });
});

describe("Simulator", () => {
  it("is one at a time in a process", () => {
    const simulator = new Simulator({ model: "h200", count: 1 });
    expect(() => new Simulator({ model: "l4", count: 1 })).toThrow("h200 is simulated in this process already");
    simulator.stop();
    new Simulator({ model: "l4", count: 1 }).stop();
  });

  it("says what to do where its state has no place", () => {
    vi.stubEnv("TMPDIR", "/nonexistent");
    expect(() => new Simulator({ model: "h200", count: 1 })).toThrow(
      /^no place for the simulator's state: ENOENT.*\/nonexistent.*; name a directory .* in TMPDIR$/,
    );
  });
});
