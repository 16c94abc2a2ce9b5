import { describe, expect, it } from "vitest";
import type { CheckEntry } from "../../../../src/core/component.js";
import { present, type Readings, unsupported } from "../../../../src/core/result.js";
import { nextCheckState } from "../../../../src/core/transition.js";
import { GpuHistory, historySize } from "../../../../src/outputs/http/live/history.js";

const once = { failureThreshold: 1, successThreshold: 1 };

function entryOf(name: string, readings: Readings, labels: Record<string, string> = { gpu: "0" }): CheckEntry {
  const result = { status: "healthy", reason: "ok", message: "", readings } as const;
  return {
    check: "gpu",
    type: "gpu",
    subject: { name, aliases: [], labels },
    state: nextCheckState(undefined, result, once, 0),
  };
}

const temperature = (value: number) => [entryOf("gpu/0", { temperatureCelsius: present(value) })];
const small = { stepMs: 1000, capacity: 4, maxGpus: 2 };

describe("GpuHistory", () => {
  it("keeps one value of each step that is over", () => {
    const history = new GpuHistory(small);
    for (const [atMs, value] of [
      [100, 40],
      [900, 99],
      [1100, 41],
      [2100, 42],
    ] as const) {
      history.observe(temperature(value), atMs);
    }
    expect(history.read(2500, 1_000_000)).toEqual({
      stepMs: 1000,
      capacity: 4,
      endWallMs: 999_500,
      gpus: { "gpu/0": { temperatureCelsius: [40, 41] } },
    });
    expect(history.newest(2500, 1_000_000)).toEqual({ atWallMs: 999_500, gpus: { "gpu/0": [null, null, 41, null] } });
  });

  it("has nulls where nothing came, and never what was there a round ago", () => {
    const history = new GpuHistory(small);
    for (let at = 0; at < 4; at += 1) history.observe(temperature(at), at * 1000);
    history.observe(temperature(6), 6000);
    expect(history.read(7000, 0).gpus["gpu/0"]?.temperatureCelsius).toEqual([3, null, null, 6]);
    expect(history.read(9000, 0).gpus["gpu/0"]?.temperatureCelsius).toEqual([null, 6, null, null]);
    history.observe(temperature(90), 90_000);
    expect(history.read(91_000, 0).gpus["gpu/0"]?.temperatureCelsius).toEqual([null, null, null, 90]);
  });

  it("says how much of the memory is not free, and rounds", () => {
    const history = new GpuHistory(small);
    const memoryTotalBytes = present(3);
    history.observe(
      [
        entryOf("gpu/0", {
          memoryTotalBytes,
          memoryFreeBytes: present(2),
          gpuUtilizationRatio: present(0.123),
          powerWatts: present(99.6),
        }),
      ],
      0,
    );
    expect(history.newest(1000, 0).gpus["gpu/0"]).toEqual([0.3333, 0.12, null, 100]);
  });

  it("makes up no value of what a GPU does not have, and keeps no series of it", () => {
    const history = new GpuHistory(small);
    history.observe([entryOf("gpu/0", { powerWatts: unsupported, temperatureCelsius: present(40) })], 0);
    expect(history.read(1000, 0).gpus["gpu/0"]).toEqual({ temperatureCelsius: [40] });
    expect(history.byteLength).toBe(small.capacity * 4);
  });

  it("looks at the readings once in a step", () => {
    const history = new GpuHistory(small);
    let looks = 0;
    const entry = entryOf("gpu/0", {});
    const latest = {
      ...entry.state.latest,
      get readings() {
        looks += 1;
        return {};
      },
    };
    for (let atMs = 0; atMs < 3000; atMs += 100)
      history.observe([{ ...entry, state: { ...entry.state, latest } }], atMs);
    expect(looks).toBe(3);
  });

  it("passes over what is no GPU", () => {
    const history = new GpuHistory(small);
    history.observe([entryOf("disk", { temperatureCelsius: present(40) }, {})], 0);
    expect(history.read(1000, 0).gpus).toEqual({});
  });

  it("keeps no more GPUs than there may be, and lets go of those that are gone", () => {
    const history = new GpuHistory(small);
    const of = (name: string) => [entryOf(name, { temperatureCelsius: present(1) })];
    for (const name of ["gpu/0", "gpu/1", "gpu/2"]) history.observe(of(name), 0);
    expect(Object.keys(history.read(1000, 0).gpus)).toEqual(["gpu/0", "gpu/1"]);
    history.observe(of("gpu/1"), 3000);
    history.observe(of("gpu/2"), 4000);
    expect(Object.keys(history.read(5000, 0).gpus)).toEqual(["gpu/1", "gpu/2"]);
  });

  it("takes 317 kB for 16 GPUs with seven MIG instances each, which docs/status-page.md says", () => {
    const history = new GpuHistory();
    const memory = { memoryTotalBytes: present(2), memoryFreeBytes: present(1) };
    const whole = {
      ...memory,
      gpuUtilizationRatio: present(0),
      temperatureCelsius: present(1),
      powerWatts: present(1),
    };
    for (let gpu = 0; gpu < 16; gpu += 1) {
      history.observe([entryOf(`gpu/${gpu}`, whole)], 0);
      for (let mig = 0; mig < 7; mig += 1) history.observe([entryOf(`gpu/${gpu}/mig/${mig}.0`, memory)], 0);
    }
    expect(history.byteLength).toBe((16 * 4 + 16 * 7) * historySize.capacity * 4);
    expect(history.byteLength).toBe(316_800);
  });
});
