import { describe, expect, it } from "vitest";
import { backoffMs, retryAfterMs } from "../../src/core/retry.js";

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

describe("backoffMs", () => {
  it("doubles up to a minute, less a random part", () => {
    expect([1, 2, 3, 7, 40].map((attempts) => backoffMs(attempts, () => 0))).toEqual([
      1000, 2000, 4000, 60_000, 60_000,
    ]);
    expect(backoffMs(3, () => 1)).toBe(2000);
  });
});
