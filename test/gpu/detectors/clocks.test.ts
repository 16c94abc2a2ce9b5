import { describe, expect, it } from "vitest";
import {
  type ClockWindow,
  clockFindings,
  emptyClockWindow,
  hasBit,
  observeClocks,
} from "../../../src/gpu/detectors/clocks.js";
import { missing, ok, snapshot } from "../../support/gpu.js";

const windowMs = 60_000;
const idle = 0x1;
const powerCap = 0x4;
const hardwareSlowdown = 0x8;
const softwareThermal = 0x20;
const hardwareThermal = 0x40;
const powerBrake = 0x80;

/** A snapshot each second with each mask for so many seconds. */
function windowAfter(...phases: readonly (readonly [seconds: number, mask: number])[]): ClockWindow {
  let atMs = 0;
  let window = emptyClockWindow;
  for (const [seconds, mask] of phases) {
    for (let second = 0; second < seconds; second += 1) {
      atMs += 1000;
      window = observeClocks(window, snapshot({ sampledAtMs: atMs, clocksEventReasons: ok(mask) }), windowMs);
    }
  }
  return window;
}

const faults = (window: ClockWindow): readonly string[] =>
  clockFindings(window, 0.25, windowMs).map(({ fault }) => fault);

describe("clock event reasons", () => {
  it.each([
    [hardwareSlowdown, "gpu_clocks_hardware_slowdown"],
    [softwareThermal, "gpu_clocks_software_thermal"],
    [hardwareThermal, "gpu_clocks_hardware_thermal"],
    [powerBrake, "gpu_clocks_power_brake"],
  ])("%i is harmful for a quarter of a minute", (mask, fault) => {
    expect(faults(windowAfter([40, 0], [14, mask]))).toEqual([]);
    expect(faults(windowAfter([40, 0], [15, mask]))).toEqual([fault]);
  });

  it("are harmless where the GPU idles, keeps its power limit, or has a reason that nobody knows", () => {
    expect(faults(windowAfter([60, idle | powerCap | 0x2 | 0x10 | 0x100 | (2 ** 40)]))).toEqual([]);
  });

  it("name the cause where the hardware slowdown has one", () => {
    expect(faults(windowAfter([30, hardwareSlowdown | powerBrake]))).toEqual(["gpu_clocks_power_brake"]);
    expect(faults(windowAfter([30, hardwareSlowdown | softwareThermal]))).toEqual([
      "gpu_clocks_software_thermal",
      "gpu_clocks_hardware_slowdown",
    ]);
  });

  it("are over when the window has gone by", () => {
    expect(faults(windowAfter([30, powerBrake], [40, 0]))).toEqual(["gpu_clocks_power_brake"]);
    expect(faults(windowAfter([30, powerBrake], [60, 0]))).toEqual([]);
  });

  it("say for how much of the time", () => {
    expect(clockFindings(windowAfter([30, 0], [30, powerBrake]), 0.25, windowMs)[0]?.detail).toBe(
      "50 % of the last 60 s",
    );
  });

  it("are found with the next snapshot where the window is no longer than an interval", () => {
    const first = observeClocks(emptyClockWindow, snapshot({ sampledAtMs: 1000 }), 500);
    const braked = snapshot({ sampledAtMs: 2000, clocksEventReasons: ok(powerBrake) });
    expect(clockFindings(observeClocks(first, braked, 500), 1, 500)).toHaveLength(1);
  });

  it("that cannot be read are none, and the window never grows", () => {
    const lost = observeClocks(
      windowAfter([60, powerBrake]),
      snapshot({ sampledAtMs: 1e9, clocksEventReasons: missing(3) }),
      windowMs,
    );
    expect(faults(lost)).toEqual([]);
    expect(windowAfter([10_000, powerBrake]).buckets.length).toBeLessThanOrEqual(13);
  });
});

it("hasBit sees bits beyond 32", () => {
  expect([hasBit(2 ** 40, 40), hasBit(2 ** 40, 8), hasBit(0x80, 7)]).toEqual([true, false, true]);
});
