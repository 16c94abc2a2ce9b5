import { beforeEach, describe, expect, it } from "vitest";
import type { CheckEntry, ComponentDefinition } from "../../src/core/component.js";
import { Registry, type Transition } from "../../src/core/registry.js";
import type { ServingStatus, Verdict } from "../../src/core/status.js";
import { nextCheckState } from "../../src/core/transition.js";
import { ManualClock } from "../support/manual-clock.js";

const model: ComponentDefinition = { name: "model", critical: ["model"], optional: [], carriesTraffic: true };
const startup: ComponentDefinition = { ...model, name: "startup", carriesTraffic: false, latches: true };
const liveness: ComponentDefinition = { name: "liveness", critical: [], optional: [], carriesTraffic: false };

function entry(check: string, status: Verdict, reason = `${check}_${status}`, gpu?: number): CheckEntry {
  const state = nextCheckState(
    undefined,
    { status, reason, message: status },
    { failureThreshold: 1, successThreshold: 1 },
    0,
  );
  const subject = gpu === undefined ? {} : { subject: { name: `gpu/${gpu}`, aliases: [`gpu/GPU-${gpu}`], labels: {} } };
  return { check, type: "test", state, ...subject };
}

describe("Registry", () => {
  let clock: ManualClock;
  let registry: Registry;
  let transitions: string[];

  beforeEach(() => {
    clock = new ManualClock();
    registry = new Registry(clock);
    transitions = [];
    registry.onTransition(({ from, to }: Transition) => {
      transitions.push(`${(to ?? from)?.name}: ${from?.status ?? "-"} → ${to?.status ?? "-"} (${to?.reason ?? "-"})`);
    });
    registry.define([model, startup, liveness]);
    transitions.length = 0;
  });

  const say = (status: Verdict, reason?: string): void => registry.publish("model", [entry("model", status, reason)]);
  const served = (name: string): ServingStatus | undefined => registry.get(name)?.serving;

  it("serves UNKNOWN before the first answer, and the verdict after it", () => {
    expect(served("model")).toBe("UNKNOWN");
    say("healthy");
    expect(served("model")).toBe("SERVING");
    say("degraded");
    expect(served("model")).toBe("SERVING");
    say("unhealthy");
    expect(served("model")).toBe("NOT_SERVING");
  });

  it("looks only at components that name the check, so that the work does not grow with the square of their number", () => {
    const before = registry.get("liveness");
    say("unhealthy");
    expect(registry.get("liveness")).toBe(before);
    expect(served("startup")).toBe("NOT_SERVING");
  });

  it("leaves components alone while a check says the same, and keeps its newest result", () => {
    say("healthy");
    const before = registry.get("model");
    const again = entry("model", "healthy");
    registry.publish("model", [again]);
    expect(registry.get("model")).toBe(before);
    expect(registry.checks()).toEqual([again]);
    expect(registry.checks()[0]).toBe(again);
  });

  it("tells what a listener changes after what it is told of, to all in one order", () => {
    const told: string[] = [];
    registry.onTransition(({ to }) => {
      if (to?.name === "model" && to.status === "unhealthy") say("degraded");
    });
    registry.onTransition(({ to }) => void (to?.name === "model" && told.push(to.status)));
    const watched: unknown[] = [];
    registry.watch("model", (serving) => watched.push(serving));
    say("unhealthy");
    expect(told).toEqual(["unhealthy", "degraded"]);
    expect(watched).toEqual(["NOT_SERVING", "SERVING"]);
  });

  it("lets no subject stand in the place of a component", () => {
    const { subject: _, ...rest } = entry("gpu", "healthy", "ok", 0);
    registry.publish("gpu", [{ ...rest, subject: { name: "model", aliases: ["gpu/0"], labels: {} } }]);
    expect(served("model")).toBe("UNKNOWN");
    expect(served("gpu/0")).toBe("SERVING");
  });

  it("shows what a check says in other words, and the other names of a subject, without a change of status", () => {
    registry.publish("gpu", [entry("gpu", "healthy", "ok", 0)]);
    const unlike = entry("gpu", "healthy", "ok", 0);
    const reported = { ...unlike.state.reported, message: "other words", remedy: "do this" };
    registry.publish("gpu", [{ ...unlike, state: { ...unlike.state, reported } }]);
    expect(registry.contributions("gpu/0")[0]).toMatchObject({ message: "other words", remedy: "do this" });
    const renamed = { name: "gpu/0", aliases: ["gpu/GPU-new"], labels: {} };
    registry.publish("gpu", [{ ...unlike, subject: renamed, state: { ...unlike.state, reported } }]);
    expect(registry.get("gpu/GPU-new")?.aliasOf).toBe("gpu/0");
    expect(registry.get("gpu/GPU-0")).toBeUndefined();
  });

  it("knows no other names", () => {
    expect(registry.get("nobody")).toBeUndefined();
  });

  it("announces a change of status or of reason, and nothing else", () => {
    say("healthy");
    say("healthy");
    say("unhealthy", "refused");
    say("unhealthy", "timeout");
    say("unhealthy", "timeout");
    expect(transitions.filter((line) => line.startsWith("model"))).toEqual([
      "model: unknown → healthy (ok)",
      "model: healthy → unhealthy (refused)",
      "model: unhealthy → unhealthy (timeout)",
    ]);
  });

  it("keeps since when the status holds while only the reason changes", () => {
    say("unhealthy", "refused");
    const since = registry.get("model")?.sinceWallMs;
    clock.advance(5000);
    say("unhealthy", "timeout");
    expect(registry.get("model")?.sinceWallMs).toBe(since);
    clock.advance(5000);
    say("healthy");
    expect(registry.get("model")?.sinceWallMs).toBe((since ?? 0) + 10_000);
  });

  it("lets a listener change what it is told of, and tells all listeners everything in order", () => {
    const spare: ComponentDefinition = { ...model, name: "spare" };
    registry.define([model, spare]);
    say("healthy");
    const first: string[] = [];
    const second: string[] = [];
    registry.onTransition(({ from, to }) => {
      first.push(`${(to ?? from)?.name} ${to?.status ?? "gone"}`);
      if (to?.name === "model" && to.status === "unhealthy") registry.define([model]);
    });
    registry.onTransition(({ from, to }) => second.push(`${(to ?? from)?.name} ${to?.status ?? "gone"}`));
    registry.drain("maintenance");
    expect(first).toEqual(["model unhealthy", "spare unhealthy", "spare gone"]);
    expect(second).toEqual(first);
    expect([...registry.list()].map(({ name }) => name)).toEqual(["model"]);
  });

  it("tells watchers of changes on the wire only", () => {
    const heard: (ServingStatus | undefined)[] = [];
    registry.watch("model", (serving) => heard.push(serving));
    say("healthy");
    say("degraded");
    say("unhealthy", "refused");
    say("unhealthy", "timeout");
    say("healthy");
    expect(heard).toEqual(["SERVING", "NOT_SERVING", "SERVING"]);
  });

  it("tells watchers when a name appears and when it goes", () => {
    const heard: (ServingStatus | undefined)[] = [];
    registry.watch("gpu/1", (serving) => heard.push(serving));
    registry.publish("gpu", [entry("gpu", "healthy", "ok", 1)]);
    registry.forget("gpu");
    expect(heard).toEqual(["SERVING", undefined]);
  });

  it("keeps nothing of a name once nobody watches it", () => {
    const heard: unknown[] = [];
    const first = registry.watch("invented", (serving) => heard.push(serving));
    const second = registry.watch("invented", (serving) => heard.push(serving));
    expect(registry.watcherCount).toBe(2);
    first();
    first();
    expect(registry.watcherCount).toBe(1);
    second();
    expect(registry.watcherCount).toBe(0);
    registry.define([{ ...model, name: "invented" }]);
    expect(heard).toEqual([]);
  });

  it("serves each subject under its name and its aliases", () => {
    registry.publish("gpu", [entry("gpu", "healthy", "ok", 0), entry("gpu", "unhealthy", "gpu_lost", 1)]);
    expect(served("gpu/0")).toBe("SERVING");
    expect(served("gpu/GPU-0")).toBe("SERVING");
    expect(registry.get("gpu/GPU-1")).toMatchObject({ serving: "NOT_SERVING", reason: "gpu_lost", aliasOf: "gpu/1" });
  });

  it("drains what carries traffic, and gives it back", () => {
    say("healthy");
    registry.drain("moving the node");
    expect(registry.get("model")).toMatchObject({
      serving: "NOT_SERVING",
      reason: "draining",
      message: "moving the node",
    });
    expect(registry.get("model")?.checked.status).toBe("healthy");
    expect(served("liveness")).toBe("SERVING");
    registry.undrain();
    expect(served("model")).toBe("SERVING");
  });

  it("latches at shutdown: every name, for good", () => {
    say("healthy");
    const heard: unknown[] = [];
    registry.watch("liveness", (serving) => heard.push(serving));
    registry.shutdown("SIGTERM");
    expect([...registry.list()].map(({ serving }) => serving)).toEqual(["NOT_SERVING", "NOT_SERVING", "NOT_SERVING"]);
    expect(heard).toEqual(["NOT_SERVING"]);
    registry.undrain();
    say("healthy");
    expect(served("model")).toBe("NOT_SERVING");
    expect(registry.get("liveness")?.checked.status).toBe("healthy");
  });

  it("keeps startup once it was reached", () => {
    expect(served("startup")).toBe("UNKNOWN");
    say("unhealthy");
    expect(served("startup")).toBe("NOT_SERVING");
    say("healthy");
    say("unhealthy");
    expect(served("startup")).toBe("SERVING");
  });

  it("keeps state and watchers of components that a new definition keeps", () => {
    say("healthy");
    const since = registry.get("model")?.sinceWallMs;
    const heard: unknown[] = [];
    registry.watch("model", (serving) => heard.push(serving));
    clock.advance(1000);
    registry.define([model]);
    expect(registry.get("model")?.sinceWallMs).toBe(since);
    expect(registry.get("startup")).toBeUndefined();
    expect(heard).toEqual([]);
  });

  describe("a new definition with a check that has not answered yet", () => {
    const both: ComponentDefinition = { ...model, critical: ["model", "cache"] };
    let heard: unknown[];

    beforeEach(() => {
      say("healthy");
      heard = [];
      registry.watch("model", (serving) => heard.push(serving));
      registry.define([both]);
    });

    it.each(["healthy", "unhealthy"] as const)("serves as before until it answers: %s", (status) => {
      expect(registry.get("model")).toMatchObject({ status: "healthy", reason: "ok" });
      expect(registry.contributions("model")).toContainEqual(
        expect.objectContaining({ check: "cache", status: "unknown" }),
      );
      say("healthy");
      registry.publish("cache", [entry("cache", status)]);
      expect(served("model")).toBe(status === "healthy" ? "SERVING" : "NOT_SERVING");
      expect(heard).toEqual(status === "healthy" ? [] : ["NOT_SERVING"]);
    });

    it("says at once what the others say when that is worse", () => {
      say("degraded");
      expect(registry.get("model")).toMatchObject({ status: "degraded", reason: "model_degraded" });
      say("unhealthy");
      expect(registry.get("model")).toMatchObject({ status: "unhealthy", reason: "model_unhealthy" });
      say("healthy");
      expect(served("model")).toBe("UNKNOWN");
    });

    it("does not serve on no data: one that answers «not yet», or was forgotten", () => {
      registry.publish("cache", []);
      expect(served("model")).toBe("UNKNOWN");
      registry.publish("cache", [entry("cache", "healthy")]);
      expect(served("model")).toBe("SERVING");
      registry.forget("cache");
      expect(served("model")).toBe("UNKNOWN");
    });

    it("does not serve what did not serve before", () => {
      registry.define([both, { ...both, name: "new" }]);
      expect(served("new")).toBe("UNKNOWN");
      registry.publish("cache", [entry("cache", "unhealthy")]);
      registry.define([{ ...model, critical: ["model", "disk"] }]);
      expect(served("model")).toBe("UNKNOWN");
    });
  });

  describe("dependencies", () => {
    const api: ComponentDefinition = { ...model, name: "api", critical: ["api"] };
    const about = new Map([
      ["api", { description: "what clients call", runbook: "https://wiki.example/api", dependsOn: ["database"] }],
      ["database", { dependsOn: [] }],
    ]);

    beforeEach(() => {
      registry.define([api, { ...model, name: "readiness", critical: ["api", "database"] }], about);
      registry.publish("database", [entry("database", "healthy")]);
      registry.publish("api", [entry("api", "healthy")]);
      transitions.length = 0;
    });

    it("looks at what depends on a check when that changes, and says one thing of both", () => {
      registry.publish("database", [entry("database", "unhealthy", "refused")]);
      registry.publish("api", [entry("api", "unhealthy", "timeout")]);
      expect(transitions).toEqual(["readiness: healthy → unhealthy (refused)", "api: healthy → unhealthy (refused)"]);
      expect(registry.get("api")).toMatchObject({ consequenceOf: "database" });
      expect(registry.get("readiness")).not.toHaveProperty("consequenceOf");
      registry.publish("database", [entry("database", "healthy")]);
      expect(registry.get("api")).toMatchObject({ status: "unhealthy", reason: "timeout" });
      expect(registry.get("api")).not.toHaveProperty("consequenceOf");
    });

    it("finds the cause that is seen after its consequence", () => {
      registry.publish("api", [entry("api", "unhealthy", "timeout")]);
      registry.publish("database", [entry("database", "unhealthy", "refused")]);
      expect(registry.get("api")).toMatchObject({ reason: "refused", consequenceOf: "database" });
      registry.forget("database");
      expect(registry.get("api")).toMatchObject({ reason: "timeout" });
    });

    it("looks at subjects too", () => {
      registry.define([api], new Map([["gpu", { dependsOn: ["database"] }]]));
      registry.publish("gpu", [entry("gpu", "unhealthy", "gpu_lost", 0)]);
      registry.publish("database", [entry("database", "unhealthy", "refused")]);
      expect(registry.get("gpu/0")).toMatchObject({ reason: "refused", consequenceOf: "database" });
    });

    it("has in each part what the configuration says of the check", () => {
      expect(registry.contributions("api")).toMatchObject([{ check: "api", ...about.get("api") }]);
      expect(registry.aboutCheck("api")).toBe(about.get("api"));
    });
  });
});
