import { beforeEach, describe, expect, it } from "vitest";
import { Registry } from "../../../src/core/registry.js";
import type { Result } from "../../../src/core/result.js";
import { nextCheckState } from "../../../src/core/transition.js";
import { viewOf } from "../../../src/outputs/supervise/view.js";
import { ManualClock } from "../../support/manual-clock.js";

describe("viewOf", () => {
  let registry: Registry;

  beforeEach(() => {
    registry = new Registry(new ManualClock());
    const engine = { name: "engine", critical: ["model", "database", "gpu", "supervise/engine"], optional: ["cache"] };
    registry.define([{ ...engine, carriesTraffic: true }], new Map([["model", { dependsOn: ["database"] }]]));
    for (const check of ["model", "database", "gpu", "cache", "supervise/engine"]) say(check, { status: "healthy" });
  });

  function say(check: string, result: Partial<Result>): void {
    const whole: Result = { status: "unhealthy", reason: `${check}_fails`, message: "it says so", ...result };
    const thresholds = { failureThreshold: 1, successThreshold: 1 };
    const first = nextCheckState(undefined, whole, thresholds, 5);
    registry.publish(check, [{ check, type: "test", state: nextCheckState(first, whole, thresholds, 6) }]);
  }

  const view = () => viewOf(registry, "engine", "supervise/engine");

  it("has the critical checks that fail by themselves, and how often", () => {
    expect(view()).toEqual({ hold: undefined, failures: [] });
    say("cache", {});
    say("supervise/engine", {});
    expect(view()).toEqual({ hold: undefined, failures: [] });
    say("model", {});
    expect(view()).toEqual({
      hold: undefined,
      failures: [{ label: "model", reason: "model_fails", message: "it says so", consecutiveFailures: 2, sinceMs: 5 }],
    });
  });

  it("holds while a dependency fails, alone or with its consequence", () => {
    say("database", {});
    expect(view().hold?.reason).toBe("dependency_fails");
    say("model", {});
    expect(view()).toMatchObject({ hold: { reason: "dependency_fails" }, failures: [] });
    expect(view().hold?.why).toContain("database");
  });

  it("holds while a GPU has what no restart mends, whatever else fails", () => {
    say("model", {});
    say("gpu", { reason: "xid_79", mendedByRestart: false });
    expect(view()).toEqual({
      hold: { reason: "restart_cannot_mend", why: "a restart does not mend xid_79: it says so" },
      failures: [],
    });
    say("gpu", { reason: "xid_94" });
    expect(view().failures.map(({ reason }) => reason)).toEqual(["model_fails", "xid_94"]);
  });

  it("holds while traffic is turned away on purpose", () => {
    registry.drain("an upgrade");
    expect(view()).toEqual({ hold: undefined, failures: [] });
    say("model", {});
    expect(view().hold).toEqual({ reason: "draining", why: "traffic is turned away on purpose: an upgrade" });
  });

  it("knows of nothing where there is no such component", () => {
    expect(viewOf(registry, "gone", "supervise/engine")).toEqual({ hold: undefined, failures: [] });
  });
});
