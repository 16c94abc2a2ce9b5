import { expect, it } from "vitest";
import { retryDelayMs } from "../../src/core/retry-delay.js";

const delays = { firstMs: 250, longestMs: 1000 };

it("doubles after each failure, up to the longest, for ever", () => {
  expect([0, 1, 2, 3, 5000].map((failures) => retryDelayMs(failures, delays, 0))).toEqual([250, 500, 1000, 1000, 1000]);
});

it("takes up to 40 % off by chance", () => {
  expect(retryDelayMs(2, delays, 1)).toBe(600);
});
