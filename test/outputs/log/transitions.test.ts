import { describe, expect, it } from "vitest";
import { logTransitions } from "../../../src/outputs/log/transitions.js";
import { GpuRegistry, goodGpu, lowMemory } from "../../support/gpu-registry.js";
import { type LogLine, recordedLog } from "../../support/recorded-log.js";

function loggedRegistry() {
  const gpus = new GpuRegistry();
  const { logger, lines } = recordedLog();
  const end = logTransitions(gpus.registry, logger, gpus.clock);
  const about = (component: string): LogLine[] => lines.filter((line) => line.component === component);
  return { ...gpus, gpus, lines, about, end };
}

describe("logTransitions", () => {
  it("says what changed, from what, to what, why, what to do and since when", () => {
    const { gpus, about } = loggedRegistry();
    gpus.publishGpus(goodGpu);
    gpus.clock.advance(1500);
    gpus.publishGpus(lowMemory);
    expect(about("readiness").at(-1)).toEqual({
      level: "warn",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      event: "transition",
      component: "readiness",
      from: "healthy",
      to: "unhealthy",
      reason: "insufficient_gpu_memory",
      message: "0.3 GiB free on gpu/0, 2 GiB needed",
      remedy: "free GPU memory or lower minFreeMemory",
      since: "2026-01-01T00:00:01.500Z",
      check: "gpu",
      subject: "gpu/0",
      lastedSeconds: 1.5,
      msg:
        "component readiness went from healthy to unhealthy " +
        "(insufficient_gpu_memory: 0.3 GiB free on gpu/0, 2 GiB needed)",
    });
  });

  it("says each change once, whatever other names the component has", () => {
    const { gpus, lines } = loggedRegistry();
    gpus.publishGpus(goodGpu);
    lines.length = 0;
    gpus.publishGpus(lowMemory);
    expect(lines.map((line) => line.component)).toEqual(["readiness", "gpu", "gpu/0"]);
  });

  it("has one line when only the reason changes, and none when only figures do", () => {
    const { gpus, about } = loggedRegistry();
    gpus.publishGpus(lowMemory);
    gpus.publishGpus({ ...lowMemory, message: "0.2 GiB free on gpu/0, 2 GiB needed" });
    expect(about("gpu/0")).toHaveLength(1);
    gpus.publishGpus({ ...lowMemory, reason: "gpu_lost", message: "gone" });
    expect(about("gpu/0").at(-1)).toMatchObject({
      level: "info",
      from: "unhealthy",
      to: "unhealthy",
      msg: "component gpu/0 is still unhealthy, now for another reason (gpu_lost: gone)",
    });
  });

  it("warns when it gets worse, not when it gets better or when somebody asked for it", () => {
    const { gpus, about } = loggedRegistry();
    gpus.publishGpus(goodGpu);
    gpus.publishGpus(lowMemory);
    gpus.publishGpus(goodGpu);
    gpus.registry.drain("kernel update");
    gpus.registry.undrain();
    expect(about("readiness").map(({ level, reason }) => [level, reason])).toEqual([
      ["info", "ok"],
      ["warn", "insufficient_gpu_memory"],
      ["info", "ok"],
      ["info", "draining"],
      ["info", "ok"],
    ]);
  });

  it("warns of the cause, and mentions what follows from it", () => {
    const { gpus, about, lines } = loggedRegistry();
    const model = { name: "model", critical: ["model"], optional: [], carriesTraffic: true };
    const database = { ...model, name: "database", critical: ["database"] };
    gpus.registry.define([model, database], new Map([["model", { dependsOn: ["database"] }]]));
    gpus.publish("database", { status: "unhealthy", reason: "refused", message: "nobody listens" });
    gpus.publish("model", { status: "unhealthy", reason: "timeout", message: "no answer" });
    expect(about("database").at(-1)).toMatchObject({ level: "warn", reason: "refused" });
    expect(about("model").at(-1)).toMatchObject({ level: "info", reason: "refused", consequenceOf: "database" });
    expect(lines.filter(({ to }) => to === "unhealthy")).toHaveLength(2);
  });

  it("says when a component is no longer served", () => {
    const { gpus, about } = loggedRegistry();
    gpus.publishGpus(goodGpu);
    gpus.publishGpus();
    expect(about("gpu/0").at(-1)).toMatchObject({ level: "info", from: "healthy", to: null });
  });

  it("keeps one line one line, whatever is in a message", () => {
    const { gpus, about } = loggedRegistry();
    gpus.publishGpus({ ...lowMemory, message: 'a\n{"level":"error"}\u001b[2J' });
    expect(about("gpu/0")).toHaveLength(1);
    expect(about("gpu/0")[0]).toMatchObject({ message: 'a\n{"level":"error"}\u001b[2J' });
  });

  it("names the check that decides, also where it fails for another one, and none for a drain", () => {
    const { gpus, about } = loggedRegistry();
    const model = { name: "model", critical: ["database", "model"], optional: [], carriesTraffic: true };
    gpus.registry.define([model], new Map([["model", { dependsOn: ["database"] }]]));
    expect(about("model").at(-1)).toMatchObject({ to: "unknown", check: "database" });
    gpus.publish("database", { status: "healthy", reason: "ok", message: "" });
    gpus.publish("model", { status: "unhealthy", reason: "timeout", message: "no answer" });
    expect(about("model").at(-1)).toMatchObject({ reason: "timeout", check: "model" });
    gpus.registry.drain("kernel update");
    expect(about("model").at(-1)).not.toHaveProperty("check");
    gpus.registry.undrain();
    gpus.registry.define([{ ...model, critical: ["model"] }], new Map([["model", { dependsOn: ["database"] }]]));
    gpus.publish("database", { status: "unhealthy", reason: "refused", message: "nobody listens" });
    expect(about("model").at(-1)).toMatchObject({ reason: "refused", consequenceOf: "database", check: "model" });
  });

  it("sums up what goes up and down, and says how it is now", () => {
    const { gpus, about, lines } = loggedRegistry();
    const flap = (): void => {
      gpus.publishGpus(lowMemory);
      gpus.publishGpus(goodGpu);
    };
    gpus.publishGpus(goodGpu);
    lines.length = 0;
    for (let turn = 0; turn < 100; turn += 1) flap();
    expect(about("gpu/0").map(({ event }) => event)).toEqual([...Array(5).fill("transition"), "flapping"]);
    expect(lines).toHaveLength(18);
    gpus.clock.advance(5 * 60_000);
    expect(about("gpu/0").at(-1)).toMatchObject({
      level: "warn",
      event: "flapping",
      flappingReason: "insufficient_gpu_memory",
      changes: 195,
      to: "healthy",
      reason: "ok",
    });
    lines.length = 0;
    flap();
    expect(lines).toEqual([]);
    gpus.clock.advance(5 * 60_000);
    expect(about("gpu/0")).toMatchObject([{ event: "flapping", changes: 2 }]);
    gpus.clock.advance(5 * 60_000);
    lines.length = 0;
    flap();
    expect(about("gpu/0").map(({ event }) => event)).toEqual(["transition", "transition"]);
  });

  it("has lines for another problem of what goes up and down", () => {
    const { gpus, about } = loggedRegistry();
    for (let turn = 0; turn < 10; turn += 1) gpus.publishGpus(turn % 2 === 0 ? lowMemory : goodGpu);
    gpus.publishGpus({ ...lowMemory, reason: "gpu_lost", message: "gone" });
    expect(about("gpu/0").at(-1)).toMatchObject({ event: "transition", to: "unhealthy", reason: "gpu_lost" });
  });

  it("has a line for each drain, however many there are", () => {
    const { gpus, about } = loggedRegistry();
    gpus.publishGpus(goodGpu);
    for (let turn = 0; turn < 20; turn += 1) {
      gpus.registry.drain("kernel update");
      gpus.registry.undrain();
    }
    expect(about("readiness").filter(({ reason }) => reason === "draining")).toHaveLength(20);
  });

  it("measures how long it lasted by a clock that does not jump", () => {
    const { gpus, about } = loggedRegistry();
    gpus.publishGpus(goodGpu);
    gpus.clock.advance(2000);
    gpus.clock.jumpWall(-3_600_000);
    gpus.publishGpus(lowMemory);
    expect(about("gpu/0").at(-1)).toMatchObject({ lastedSeconds: 2 });
  });

  it("ends when it is told to", () => {
    const { gpus, lines, end } = loggedRegistry();
    end();
    gpus.publishGpus(goodGpu);
    expect(lines).toEqual([]);
  });
});
