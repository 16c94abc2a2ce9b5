import { describe, expect, it } from "vitest";
import { parseGoDuration } from "../../src/cli/go-duration.js";

describe("parseGoDuration", () => {
  it.each([
    ["1s", 1000],
    ["500ms", 500],
    ["1m30s", 90_000],
    ["1.5h", 5_400_000],
    [".5s", 500],
    ["1.s", 1000],
    ["2h45m0.5s", 9_900_500],
    ["250us", 0.25],
    ["250µs", 0.25],
    ["-2s", -2000],
    ["+3s", 3000],
    ["0", 0],
    ["0s", 0],
  ])("reads %s", (text, milliseconds) => {
    expect(parseGoDuration(text)).toBeCloseTo(milliseconds, 9);
  });

  it.each(["", "s", "1", "1d", "soon", "1s ", " 1s", "1 s", "1s2", "--1s", "1ss", "."])("refuses %j", (text) => {
    expect(parseGoDuration(text)).toBeUndefined();
  });
});
