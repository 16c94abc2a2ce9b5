import { describe, expect, it } from "vitest";
import {
  formatAgainst,
  formatBytes,
  formatDuration,
  formatPercent,
  parseDuration,
  parsePercent,
  parseSize,
} from "../../src/core/units.js";

const problem = (problem: string) => ({ ok: false, problem });
const value = (value: number) => ({ ok: true, value });

describe("parsing", () => {
  it.each([
    ["250ms", 250],
    ["5s", 5000],
    ["1.5m", 90_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
    ["0s", 0],
    [" 5 s ", 5000],
  ])("reads the duration %j", (text, milliseconds) => {
    expect(parseDuration(text)).toEqual(value(milliseconds));
  });

  it.each([
    ["2GiB", 2_147_483_648],
    ["300MiB", 314_572_800],
    ["2GB", 2_000_000_000],
    ["0.5KiB", 512],
    ["17B", 17],
  ])("reads the size %j", (text, bytes) => {
    expect(parseSize(text)).toEqual(value(bytes));
  });

  it.each([
    ["90%", 0.9],
    ["57%", 0.57],
    ["0.5 %", 0.005],
    ["100%", 1],
  ])("reads the percentage %j", (text, ratio) => {
    expect(parsePercent(text)).toEqual(value(ratio));
  });

  it("says what is missing, and how to write it", () => {
    expect(parseDuration("5")).toEqual(problem("5 has no unit: write 5s, for instance"));
    expect(parseSize("300")).toEqual(problem("300 has no unit: write 300GiB, for instance"));
    expect(parsePercent("90")).toEqual(problem("90 has no unit: write 90%, for instance"));
    expect(parsePercent("0.9")).toEqual(problem("0.9 has no unit: write 90%, for instance"));
    expect(parseDuration("soon")).toEqual(problem('"soon" is not a duration: write a number and a unit, as in 5s'));
    expect(parseDuration("-5s").ok).toBe(false);
    expect(parseDuration("5 sec")).toEqual(
      problem('"5 sec" has the unknown unit "sec": a duration takes ms, s, m, h and d'),
    );
    expect(parseDuration("1constructor").ok).toBe(false);
    expect(parsePercent("101%")).toEqual(problem('"101%" is more than 100%'));
    expect(parseSize("99999999999TiB")).toEqual(problem('"99999999999TiB" is too large'));
  });
});

describe("formatting", () => {
  it.each([
    [322_122_547, "0.3 GiB"],
    [85_899_345_920, "80 GiB"],
    [0, "0 B"],
    [17, "17 B"],
    [52_428_800, "50 MiB"],
    [1023, "1 KiB"],
    [150_754_820_096, "140.4 GiB"],
    [2 ** 40, "1 TiB"],
  ])("%d bytes as %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [0, "0 ms"],
    [250, "250 ms"],
    [2000, "2 s"],
    [90_000, "90 s"],
    [300_000, "5 min"],
    [10_800_000, "3 h"],
    [86_400_000, "24 h"],
    [1_252_800_000, "14.5 days"],
  ])("%d milliseconds as %s", (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));

  it("writes ratios as percentages", () => {
    expect(formatPercent(0.9)).toBe("90 %");
    expect(formatPercent(0.9996)).toBe("100 %");
  });

  it("takes as many decimals as tell a value from its limit", () => {
    expect(formatAgainst(322_122_547, 2 ** 31, formatBytes)).toEqual(["0.3 GiB", "2 GiB"]);
    expect(formatAgainst(2 ** 31 - 10_000_000, 2 ** 31, formatBytes)).toEqual(["1.99 GiB", "2 GiB"]);
    expect(formatAgainst(0.9004, 0.9, formatPercent)).toEqual(["90.04 %", "90 %"]);
    expect(formatAgainst(0.9, 0.9, formatPercent)).toEqual(["90 %", "90 %"]);
  });
});
