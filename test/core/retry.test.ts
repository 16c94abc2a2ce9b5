import { describe, expect, it } from "vitest";
import { retryAfterMs, retryDelayMs } from "../../src/core/retry.js";

describe("retryAfterMs", () => {
  const wallMs = Date.UTC(2026, 0, 1);

  it.each([
    ["7", 7000],
    ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
    ["Thu, 01 Jan 2025 00:01:00 GMT", 0],
    ["999999999", 900_000],
    ["soon", undefined],
    [undefined, undefined],
  ])("takes %s", (header, expected) => {
    expect(retryAfterMs(header, wallMs)).toBe(expected);
  });
});

describe("retryDelayMs", () => {
  const delays = { firstMs: 250, longestMs: 1000 };

  it("doubles after each failure, up to the longest, for ever", () => {
    expect([0, 1, 2, 3, 5000].map((failures) => retryDelayMs(failures, delays, 0))).toEqual([
      250, 500, 1000, 1000, 1000,
    ]);
  });

  it("takes up to half off by chance", () => {
    expect(retryDelayMs(2, delays, 1)).toBe(500);
  });
});
