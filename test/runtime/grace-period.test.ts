import { describe, expect, it } from "vitest";
import { gracePeriodProblem } from "../../src/runtime/grace-period.js";

const variable = "GPU_HEALTH_TERMINATION_GRACE_PERIOD_SECONDS";
const inKubernetes = { KUBERNETES_SERVICE_HOST: "10.0.0.1" };
const defaults = { delayMs: 5000, deadlineMs: 20_000 };

describe("the grace period", () => {
  it("is nothing to warn of with the defaults, nor where it is not known", () => {
    expect(gracePeriodProblem(defaults, inKubernetes)).toBeUndefined();
    expect(gracePeriodProblem({ delayMs: 60_000, deadlineMs: 90_000 }, {})).toBeUndefined();
    expect(gracePeriodProblem(defaults, { ...inKubernetes, [variable]: "21" })).toBeUndefined();
  });

  it("is Kubernetes' default where the Pod's is not told", () => {
    const problem = gracePeriodProblem({ delayMs: 5000, deadlineMs: 30_000 }, inKubernetes);
    expect(problem).toContain("30 s after SIGTERM (Kubernetes' default");
    expect(problem).toContain("before drain.deadline (30 s)");
  });

  it("is what the variable says, within Kubernetes or not", () => {
    expect(gracePeriodProblem(defaults, { ...inKubernetes, [variable]: "20" })).toContain(
      "before drain.deadline (20 s)",
    );
    expect(gracePeriodProblem(defaults, { [variable]: "5" })).toContain("before drain.delay (5 s) has passed");
    expect(gracePeriodProblem({ delayMs: 60_000, deadlineMs: 90_000 }, { ...inKubernetes, [variable]: "91" })).toBe(
      undefined,
    );
  });

  it("is to be a whole number of seconds", () => {
    for (const text of ["", "30s", "-1", "1e3"]) {
      expect(gracePeriodProblem(defaults, { [variable]: text }), text).toContain("no whole number of seconds");
    }
  });
});
