import { describe, expect, it } from "vitest";
import { parseTaintRule } from "../../src/core/node-reporting.js";

describe("parseTaintRule", () => {
  it("takes KEY:EFFECT", () => {
    expect(parseTaintRule("gpu-health/unhealthy:NoSchedule")).toEqual({
      key: "gpu-health/unhealthy",
      effect: "NoSchedule",
    });
    expect(parseTaintRule("gpu:NoExecute")).toEqual({ key: "gpu", effect: "NoExecute" });
  });

  it.each([
    ["", /expected KEY:EFFECT/],
    ["gpu-health/unhealthy", /expected KEY:EFFECT/],
    ["gpu-health/unhealthy:Never", /NoSchedule, PreferNoSchedule, NoExecute/],
    ["gpu=broken:NoSchedule", /without =VALUE/],
    [":NoSchedule", /is no key of a taint/],
    ["Gpu Health/x:NoSchedule", /is no key of a taint/],
    ["a/b/c:NoSchedule", /is no key of a taint/],
  ])("refuses %j", (text, problem) => {
    expect(parseTaintRule(text)).toMatch(problem);
  });
});
