import { describe, expect, it } from "vitest";
import type { CheckEntry, ComponentDefinition, KnownChecks } from "../../src/core/component.js";
import { contributionsTo } from "../../src/core/contribution.js";
import { Dependencies, rootCause } from "../../src/core/dependencies.js";
import { evaluate, evaluateSubject } from "../../src/core/evaluation.js";
import type { Verdict } from "../../src/core/status.js";
import { nextCheckState } from "../../src/core/transition.js";

function entry(check: string, status: Verdict, subject?: string): CheckEntry {
  const result = { status, reason: `${check}_reason`, message: `${check} says ${status}`, remedy: `mend ${check}` };
  const state = nextCheckState(undefined, result, { failureThreshold: 1, successThreshold: 1 }, 0);
  return {
    check,
    type: "test",
    ...(subject === undefined ? {} : { subject: { name: subject, aliases: [], labels: {} } }),
    state,
  };
}

const component = (critical: string[], optional: string[] = []): ComponentDefinition => ({
  name: "inference",
  critical,
  optional,
  carriesTraffic: true,
});

/** These entries are all that is known, of checks that depend on others so. */
function known(
  entries: readonly CheckEntry[],
  dependsOn: Readonly<Record<string, readonly string[]>> = {},
): KnownChecks {
  const entriesOf = (check: string) => entries.filter((each) => each.check === check);
  const dependencies = new Dependencies(new Map(Object.entries(dependsOn)));
  return {
    entriesOf,
    aboutOf: (check) => ({ dependsOn: dependsOn[check] ?? [] }),
    rootCauseOf: (check) => rootCause(dependencies.causesOf(check), entriesOf),
  };
}

const among = (...entries: readonly CheckEntry[]): KnownChecks => known(entries);

describe("evaluate", () => {
  it("is unknown until every critical check has answered", () => {
    const evaluation = evaluate(component(["gpu", "model"]), among(entry("gpu", "healthy")));
    expect(evaluation).toMatchObject({ status: "unknown", reason: "not_checked_yet" });
    expect(evaluation.message).toContain("model");
  });

  it("takes a known failure over a check that has not answered", () => {
    const evaluation = evaluate(component(["model", "gpu"]), among(entry("gpu", "unhealthy")));
    expect(evaluation).toMatchObject({ status: "unhealthy", reason: "gpu_reason", remedy: "mend gpu" });
  });

  it("takes no data over degraded", () => {
    expect(evaluate(component(["gpu", "model"]), among(entry("gpu", "degraded"))).status).toBe("unknown");
  });

  it("is degraded at most by an optional check", () => {
    const evaluation = evaluate(
      component(["gpu"], ["cache"]),
      among(entry("gpu", "healthy"), entry("cache", "unhealthy")),
    );
    expect(evaluation).toMatchObject({ status: "degraded", reason: "cache_reason" });
  });

  it("does not wait for an optional check", () => {
    expect(evaluate(component(["gpu"], ["cache"]), among(entry("gpu", "healthy"))).status).toBe("healthy");
  });

  it("takes the worst of a check's subjects and names it", () => {
    const gpus = [entry("gpu", "healthy", "gpu/0"), entry("gpu", "unhealthy", "gpu/1")];
    expect(evaluate(component(["gpu"]), among(...gpus)).status).toBe("unhealthy");
    expect(contributionsTo(component(["gpu"]), among(...gpus)).map(({ label, status }) => [label, status])).toEqual([
      ["gpu on gpu/0", "healthy"],
      ["gpu on gpu/1", "unhealthy"],
    ]);
  });

  it("is healthy without checks", () => {
    expect(evaluate(component([]), among())).toMatchObject({ status: "healthy", reason: "ok" });
  });
});

describe("evaluateSubject", () => {
  it("is critical on everything that is said of the subject", () => {
    const evaluation = evaluateSubject(
      [entry("gpu", "healthy", "gpu/0"), entry("cuda", "unhealthy", "gpu/0")],
      among(),
    );
    expect(evaluation).toMatchObject({ status: "unhealthy", reason: "cuda_reason" });
  });
});

describe("a check that depends on another", () => {
  const dependsOn = { api: ["cache"], cache: ["database"] };
  const of = (...entries: readonly CheckEntry[]) => known(entries, dependsOn);

  it("gives the root cause's reason and remedy, and says what follows from it", () => {
    const checks = of(entry("api", "unhealthy"), entry("cache", "unhealthy"), entry("database", "unhealthy"));
    expect(evaluate(component(["api"]), checks)).toEqual({
      status: "unhealthy",
      reason: "database_reason",
      message: "database: database says unhealthy (api fails as a consequence: api says unhealthy)",
      remedy: "mend database",
      decidedBy: { check: "api" },
      consequenceOf: "database",
    });
    expect(contributionsTo(component(["api"]), checks)).toMatchObject([
      { check: "api", reason: "api_reason", dependsOn: ["cache"], consequenceOf: "database" },
    ]);
  });

  it("leaves the word to the cause in a component that has both, whichever is named first", () => {
    const checks = of(entry("api", "unhealthy"), entry("database", "unhealthy"));
    for (const critical of [
      ["api", "database"],
      ["database", "api"],
    ]) {
      const evaluation = evaluate(component(critical), checks);
      expect(evaluation).toMatchObject({ reason: "database_reason", message: "database says unhealthy" });
      expect(evaluation.consequenceOf).toBeUndefined();
    }
  });

  it("decides by what is critical, and explains it by a cause that is optional", () => {
    const checks = of(entry("api", "unhealthy"), entry("database", "unhealthy"));
    expect(evaluate(component(["api"], ["database"]), checks)).toMatchObject({
      status: "unhealthy",
      reason: "database_reason",
      consequenceOf: "database",
    });
  });

  it.each([
    ["healthy", [entry("database", "healthy")]],
    ["degraded", [entry("database", "degraded")]],
    ["unknown", []],
  ] as const)("fails by itself while the cause is %s", (_, causes) => {
    const checks = of(entry("api", "unhealthy"), ...causes);
    expect(evaluate(component(["api"]), checks)).toMatchObject({ reason: "api_reason", message: "api says unhealthy" });
    expect(contributionsTo(component(["api"]), checks)[0]).not.toHaveProperty("consequenceOf");
  });

  it.each(["healthy", "degraded"] as const)("stays %s when it passes although the cause fails", (status) => {
    const checks = of(entry("api", status), entry("database", "unhealthy"));
    expect(evaluate(component(["api"]), checks).status).toBe(status);
    expect(contributionsTo(component(["api"]), checks)[0]).not.toHaveProperty("consequenceOf");
  });

  it("names the subjects of cause and consequence", () => {
    const checks = known([entry("gpu", "unhealthy", "gpu/3"), entry("cuda", "unhealthy", "gpu/3")], { cuda: ["gpu"] });
    const message = "gpu on gpu/3: gpu says unhealthy (cuda on gpu/3 fails as a consequence: cuda says unhealthy)";
    expect(evaluate(component(["cuda"]), checks)).toMatchObject({ reason: "gpu_reason", message });
    expect(evaluateSubject([entry("cuda", "unhealthy", "gpu/3"), entry("gpu", "unhealthy", "gpu/3")], checks)).toEqual({
      status: "unhealthy",
      reason: "gpu_reason",
      message: "gpu says unhealthy",
      remedy: "mend gpu",
      decidedBy: { check: "gpu", subject: "gpu/3" },
    });
  });
});
