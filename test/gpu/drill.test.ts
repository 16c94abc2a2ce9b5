import { describe, expect, it } from "vitest";
import { applyDrill, type Drill, drillSchema } from "../../src/gpu/drill.js";

const apply = (...drills: Drill[]): Record<string, string> =>
  Object.fromEntries(
    drills.reduce<ReadonlyMap<string, string>>((overrides, drill) => applyDrill(overrides, drill, 2), new Map()),
  );

describe("applyDrill", () => {
  it.each<[Drill, Record<string, string>]>([
    [{ kind: "memory", gpu: 0, freeBytes: 1024 }, { "gpu.0.memory.free": "1024" }],
    [{ kind: "temperature", gpu: 1, celsius: 88 }, { "gpu.1.temperature": "88" }],
    [{ kind: "power", gpu: 1, watts: 650.5 }, { "gpu.1.power": "650500" }],
    [{ kind: "utilization", gpu: 0, gpuPercent: 97 }, { "gpu.0.utilization.gpu": "97" }],
    [
      { kind: "return-code", gpu: 0, function: "nvmlDeviceGetMemoryInfo_v2", code: 999 },
      { "gpu.0.return.nvmlDeviceGetMemoryInfo_v2": "999" },
    ],
    [{ kind: "latency", gpu: 0, function: "*", delayMs: 200 }, { "gpu.0.latency.*": "200ms" }],
    [
      { kind: "lose", gpu: "all" },
      { "gpu.0.lost": "true", "gpu.1.lost": "true" },
    ],
  ])("writes %o", (drill, expected) => {
    expect(apply(drill)).toEqual(expected);
  });

  it("lets the last word win", () => {
    expect(apply({ kind: "temperature", gpu: 0, celsius: 50 }, { kind: "temperature", gpu: 0, celsius: 90 })).toEqual({
      "gpu.0.temperature": "90",
    });
  });

  it("resets one GPU and leaves the others", () => {
    const both: Drill = { kind: "hang", gpu: "all", function: "*" };
    expect(apply(both, { kind: "reset", gpu: 0 })).toEqual({ "gpu.1.hang.*": "true" });
    expect(apply(both, { kind: "reset", gpu: "all" })).toEqual({});
  });
});

describe("drillSchema", () => {
  it.each([
    { kind: "memory", gpu: 0, freeBytes: -1 },
    { kind: "memory", gpu: "0", freeBytes: 1 },
    { kind: "hang", gpu: 0, function: "system" },
    { kind: "hang", gpu: 0, function: "nvmlInit\nlost = true" },
    { kind: "explode", gpu: 0 },
    { kind: "lose", gpu: 0, more: 1 },
  ])("refuses %o", (body) => {
    expect(drillSchema.safeParse(body).success).toBe(false);
  });
});
