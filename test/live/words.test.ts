import { describe, expect, it } from "vitest";
import { lost, present, type Readings, unsupported } from "../../src/core/result.js";
import { elapsed } from "../../src/live/elapsed.js";
import { faultsOf } from "../../src/live/faults.js";
import { incidentsOf } from "../../src/live/incidents.js";
import { absenceText, againstText, ceilingOf, figureText, limitOf, readingOf } from "../../src/live/quantity.js";
import type { HistoryMetric, LiveFault, LiveGpu, LiveTransition } from "../../src/live/state.js";

describe("elapsed", () => {
  it.each([
    [-5, "0 s"],
    [0, "0 s"],
    [59_999, "59 s"],
    [60_000, "1 min"],
    [3_599_999, "59 min"],
    [3_600_000, "1 h"],
    [7_500_000, "2 h 5 min"],
    [86_400_000, "1 d"],
    [100_000_000, "1 d 3 h"],
  ])("%d ms: %s", (milliseconds, text) => {
    expect(elapsed(milliseconds)).toBe(text);
  });
});

const readings: Readings = {
  memoryTotalBytes: present(80 * 2 ** 30),
  memoryFreeBytes: present(20 * 2 ** 30),
  temperatureCelsius: present(41.4),
  slowdownCelsius: present(87),
  powerWatts: lost,
  powerLimitWatts: present(700),
  gpuUtilizationRatio: unsupported,
};

describe("quantities in words", () => {
  it("are said against what there can be", () => {
    const text = (metric: HistoryMetric, value: number, of: Readings) =>
      `${figureText(metric, value)} ${againstText(metric, value, of)}`.trimEnd();
    expect(text("memoryTakenRatio", 0.75, readings)).toBe("75 % 20 of 80 GiB free");
    expect(text("memoryTakenRatio", 1, readings)).toBe("100 % 0 B of 80 GiB free");
    expect(text("memoryTakenRatio", 0.75, {})).toBe("75 %");
    expect(text("gpuUtilizationRatio", 0.256, readings)).toBe("26 %");
    expect(text("temperatureCelsius", 41.4, readings)).toBe("41 °C slows down at 87 °C");
    expect(text("temperatureCelsius", 41.4, {})).toBe("41 °C");
    expect(text("powerWatts", 310.2, readings)).toBe("310 W of 700 W");
    expect(text("powerWatts", 310.2, {})).toBe("310 W");
  });

  it("are absent with a reason, and never 0", () => {
    expect(readingOf("memoryTakenRatio", readings)).toEqual(present(0.75));
    expect(readingOf("memoryTakenRatio", { ...readings, memoryFreeBytes: lost })).toEqual(lost);
    expect(absenceText(readingOf("powerWatts", readings))).toBe("not readable");
    expect(absenceText(readingOf("gpuUtilizationRatio", readings))).toBe("not reported");
    expect(absenceText(readingOf("memoryTakenRatio", {}))).toBe("not known");
  });

  it("have charts that end at what there can be, or above it where the value is", () => {
    expect(ceilingOf("memoryTakenRatio", readings, [])).toBe(1);
    expect(ceilingOf("temperatureCelsius", readings, [41, null])).toBe(87);
    expect(ceilingOf("temperatureCelsius", readings, [91])).toBe(91);
    expect(ceilingOf("powerWatts", readings, [720, null])).toBe(720);
    expect(limitOf("temperatureCelsius", readings)).toBe(87);
    expect(limitOf("powerWatts", readings)).toBeUndefined();
  });
});

describe("faultsOf", () => {
  it("has those of all GPUs, the worst first", () => {
    const gpu = (...severities: readonly LiveFault["severity"][]) =>
      ({ faults: severities.map((severity) => ({ severity })) }) as unknown as LiveGpu;
    const gpus = { "gpu/0": gpu("application", "degraded"), "gpu/1": gpu("degraded", "fatal") };
    expect(faultsOf({ gpus }).map(({ name, fault }) => `${fault.severity} on ${name}`)).toEqual([
      "fatal on gpu/1",
      "degraded on gpu/0",
      "degraded on gpu/1",
      "application on gpu/0",
    ]);
  });
});

describe("incidentsOf", () => {
  const change = (id: number, atWallMs: number, component: string, reason = "xid_79"): LiveTransition => ({
    id,
    atWallMs,
    component,
    from: "healthy",
    to: "unhealthy",
    reason,
    message: "gone",
  });

  it("puts together what changed together for one reason, the newest first", () => {
    const transitions = [
      change(1, 1000, "gpu/0"),
      change(2, 1001, "cache", "timeout"),
      change(3, 1040, "readiness"),
      change(4, 9000, "gpu/0"),
    ];
    expect(incidentsOf(transitions).map(({ id, components }) => [id, components])).toEqual([
      [4, ["gpu/0"]],
      [2, ["cache"]],
      [1, ["gpu/0", "readiness"]],
    ]);
  });
});
