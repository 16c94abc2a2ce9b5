import { describe, expect, it } from "vitest";
import { type CheckEntry, type ComponentDefinition, evaluate, evaluateSubject } from "../../src/core/component.js";
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

const among =
  (...entries: CheckEntry[]) =>
  (check: string) =>
    entries.filter((each) => each.check === check);

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
    const evaluation = evaluate(component(["gpu"]), among(...gpus));
    expect(evaluation.status).toBe("unhealthy");
    expect(evaluation.contributions.map(({ label, status }) => [label, status])).toEqual([
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
    const evaluation = evaluateSubject([entry("gpu", "healthy", "gpu/0"), entry("cuda", "unhealthy", "gpu/0")]);
    expect(evaluation).toMatchObject({ status: "unhealthy", reason: "cuda_reason" });
  });
});
