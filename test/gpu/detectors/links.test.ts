import { describe, expect, it } from "vitest";
import { type CounterWindow, growthPerMinute, observeCounter } from "../../../src/gpu/detectors/counter-window.js";
import { emptyNvLinkHistory, nvLinkFindings, observeNvLinks } from "../../../src/gpu/detectors/nvlink.js";
import { emptyPcieHistory, observePcie, pcieFindings } from "../../../src/gpu/detectors/pcie.js";
import type { GpuInspection, NvLink } from "../../../src/gpu/inspection.js";
import { inspection, missing, ok, snapshot } from "../../support/gpu.js";

const names = (findings: readonly { fault: string }[]): readonly string[] => findings.map(({ fault }) => fault);

describe("a counter's last minute", () => {
  const windowAfter = (...points: readonly (readonly [atMs: number, count: number])[]): CounterWindow =>
    points.reduce<CounterWindow>((window, [atMs, count]) => observeCounter(window, atMs, count), []);

  it("knows growth, not what was there before", () => {
    expect(growthPerMinute(windowAfter([0, 1000]))).toBe(0);
    expect(growthPerMinute(windowAfter([0, 1000], [5000, 1009]))).toBe(9);
  });

  it("forgets what is older, and spreads what was counted over longer", () => {
    expect(growthPerMinute(windowAfter([0, 0], [5000, 9], [65_000, 9], [70_000, 9]))).toBe(0);
    expect(growthPerMinute(windowAfter([0, 0], [600_000, 50]))).toBe(5);
  });

  it("starts anew when it was reset", () => {
    expect(growthPerMinute(windowAfter([0, 100], [1000, 3]))).toBe(0);
  });

  it("needs no more memory at a short interval", () => {
    const points = Array.from({ length: 10_000 }, (_, index) => [index * 100, index] as const);
    const window = windowAfter(...points);
    expect(window.length).toBeLessThan(64);
    expect(growthPerMinute(window)).toBeGreaterThan(570);
  });
});

describe("the PCIe link", () => {
  const loaded = snapshot({ utilization: ok({ gpuRatio: 0.9, memoryRatio: 0.5 }) });
  const idle = snapshot({ utilization: ok({ gpuRatio: 0.1, memoryRatio: 0 }) });
  const inspect = (newest: typeof loaded | undefined, ...changes: readonly Partial<GpuInspection>[]) => {
    let history = emptyPcieHistory;
    let last = inspection();
    for (const [index, each] of changes.entries()) {
      last = inspection({ inspectedAtMs: index * 5000, ...each });
      history = observePcie(history, last, newest);
    }
    return pcieFindings(history, last);
  };

  it("may be slow or narrow while the GPU idles, or its load is not known", () => {
    const slow = { pcieLinkGeneration: ok(1), pcieLinkWidth: ok(4) };
    expect(inspect(idle, slow, slow)).toEqual([]);
    expect(inspect(snapshot({ utilization: missing(3, "unsupported") }), slow, slow)).toEqual([]);
    expect(inspect(undefined, slow, slow)).toEqual([]);
  });

  it("is too narrow under load", () => {
    expect(inspect(loaded, { pcieLinkWidth: ok(8) })).toEqual([
      { fault: "gpu_pcie_link_width", detail: "8 of 16 lanes" },
    ]);
  });

  it("is too slow under load when that is seen twice in a row", () => {
    const slow = { pcieLinkGeneration: ok(4) };
    expect(inspect(loaded, slow)).toEqual([]);
    expect(inspect(loaded, slow, {}, slow)).toEqual([]);
    expect(inspect(loaded, slow, slow)).toEqual([{ fault: "gpu_pcie_link_generation", detail: "generation 4 of 5" }]);
  });

  it("repeats more than 8 transfers a minute", () => {
    const replays = (count: number) => ({ pcieReplayCount: ok(count) });
    expect(inspect(idle, replays(70_000), replays(70_008))).toEqual([]);
    expect(inspect(idle, replays(0), replays(9))).toEqual([
      { fault: "gpu_pcie_replays", detail: "9 in a minute, 8 allowed" },
    ]);
  });
});

describe("NVLinks", () => {
  const link = (changes: Partial<NvLink> = {}): NvLink => ({
    link: 0,
    isActive: ok(true),
    crcErrors: ok(0),
    replayErrors: ok(0),
    recoveryErrors: ok(0),
    ...changes,
  });
  const inspect = (...steps: readonly (readonly NvLink[])[]) => {
    const inspections = steps.map((nvlinks, index) => ({ nvlinks, inspectedAtMs: index * 5000 }));
    return nvLinkFindings(inspections.reduce(observeNvLinks, emptyNvLinkHistory));
  };

  it("that were up and are down are a fault; those that were never up are not", () => {
    const down = (index: number) => link({ link: index, isActive: ok(false) });
    expect(inspect([link(), down(1)], [link(), down(1)])).toEqual([]);
    expect(inspect([link(), down(1)], [down(0), down(1)])).toEqual([{ fault: "gpu_nvlink_down", detail: "link 0" }]);
    expect(inspect([link()], [down(0)], [link()])).toEqual([]);
    expect(inspect([link()], [link({ isActive: missing(15) })])).toEqual([]);
  });

  it("have errors that grow, whatever was there before", () => {
    const errors = (recoveryErrors: number, replayErrors: number, crcErrors: number) => [
      link({ recoveryErrors: ok(recoveryErrors), replayErrors: ok(replayErrors), crcErrors: ok(crcErrors) }),
    ];
    expect(inspect(errors(5, 5, 5), errors(5, 13, 6005))).toEqual([]);
    expect(names(inspect(errors(5, 5, 5), errors(6, 5, 5)))).toEqual(["gpu_nvlink_errors"]);
    expect(inspect(errors(0, 0, 0), errors(0, 9, 6001))[0]?.detail).toBe("9 replays, 6001 CRC errors in a minute");
  });
});
