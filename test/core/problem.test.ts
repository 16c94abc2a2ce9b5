import { beforeEach, describe, expect, it } from "vitest";
import type { CheckAbout } from "../../src/core/check.js";
import type { CheckEntry, ComponentDefinition } from "../../src/core/component.js";
import { drainIn, problemsIn } from "../../src/core/problem.js";
import { Registry } from "../../src/core/registry.js";
import type { Result } from "../../src/core/result.js";
import { nextCheckState } from "../../src/core/transition.js";
import { ManualClock } from "../support/manual-clock.js";

const traffic = { carriesTraffic: true, critical: [], optional: [] };
const components: readonly ComponentDefinition[] = [
  { ...traffic, name: "readiness", critical: ["database", "api", "gpu"], optional: ["cache"] },
  { ...traffic, name: "search", critical: ["api"], optional: ["cache"] },
];

describe("problemsIn", () => {
  let clock: ManualClock;
  let registry: Registry;
  beforeEach(() => {
    clock = new ManualClock(10_000);
    registry = new Registry(clock);
    const about = new Map<string, CheckAbout>([
      ["api", { dependsOn: ["database"], runbook: "https://wiki.example/api", description: "what clients call" }],
      ["database", { dependsOn: [] }],
    ]);
    registry.define(components, about);
  });

  function entry(check: string, result: Partial<Result>, subject?: string): CheckEntry {
    const full: Result = { status: "unhealthy", reason: `${check}_down`, message: `${check} is down`, ...result };
    const state = nextCheckState(undefined, full, { failureThreshold: 1, successThreshold: 1 }, 8000);
    return {
      check,
      type: "test",
      state,
      ...(subject === undefined ? {} : { subject: { name: subject, aliases: [`${subject}-uuid`], labels: {} } }),
    };
  }
  const publish = (...args: Parameters<typeof entry>): void => registry.publish(args[0], [entry(...args)]);
  const problems = () => problemsIn(registry, clock);

  it("finds nothing while all is well", () => {
    publish("api", { status: "healthy" });
    expect(problems()).toEqual([]);
  });

  it("says everything of a check that fails", () => {
    publish("api", { remedy: "restart it" });
    expect(problems()).toEqual([
      {
        key: "api",
        check: "api",
        component: "search",
        components: ["readiness", "search"],
        severity: "critical",
        status: "unhealthy",
        reason: "api_down",
        message: "api is down",
        remedy: "restart it",
        runbook: "https://wiki.example/api",
        description: "what clients call",
        faults: [],
        consequences: [],
        consecutiveFailures: 1,
        isCertain: false,
        sinceMs: 8000,
        sinceWallMs: clock.wallMs() - 2000,
      },
    ]);
  });

  it("folds a consequence into its cause, with the components that are down for it", () => {
    publish("database", {});
    publish("api", {});
    expect(problems()).toMatchObject([
      { key: "database", components: ["readiness", "search"], consequences: ["api"], severity: "critical" },
      { key: "api", consequenceOf: "database" },
    ]);
    expect(problems()[0]).not.toHaveProperty("consequenceOf");
  });

  it("warns of what is only optional, or only degraded", () => {
    publish("cache", {});
    publish("api", { status: "degraded" });
    expect(problems().map(({ key, severity, status }) => ({ key, severity, status }))).toEqual([
      { key: "cache", severity: "warning", status: "unhealthy" },
      { key: "api", severity: "warning", status: "degraded" },
    ]);
  });

  it("names a GPU by itself, once, with its other faults", () => {
    const fault = { message: "m", remedy: "r", sinceMs: 0, count: 1 };
    const faults = [
      { ...fault, fault: "xid_79", severity: "fatal" },
      { ...fault, fault: "gpu_too_hot", severity: "degraded" },
      { ...fault, fault: "xid_13", severity: "application" },
    ] as const;
    publish("gpu", { reason: "xid_79", immediate: true, faults }, "gpu/3");
    expect(problems()).toMatchObject([
      {
        key: "gpu on gpu/3",
        component: "gpu/3",
        components: ["readiness", "gpu/3"],
        isCertain: true,
        faults: [{ fault: "gpu_too_hot", message: "m" }],
      },
    ]);
  });

  it("knows a drain from a shutdown", () => {
    expect(drainIn(registry, clock)).toBeUndefined();
    registry.drain("maintenance");
    clock.advance(1000);
    expect(drainIn(registry, clock)).toMatchObject({ reason: "draining", message: "maintenance", sinceMs: 10_000 });
    registry.shutdown("SIGTERM");
    expect(drainIn(registry, clock)).toBeUndefined();
  });
});
