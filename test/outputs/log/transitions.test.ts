import { describe, expect, it } from "vitest";
import { createLogger } from "../../../src/outputs/log/logger.js";
import { logTransitions } from "../../../src/outputs/log/transitions.js";
import { GpuRegistry, goodGpu, lowMemory } from "../../support/gpu-registry.js";

type Line = Record<string, unknown>;

function loggedRegistry() {
  const gpus = new GpuRegistry();
  const lines: Line[] = [];
  const logger = createLogger({
    level: "debug",
    sink: (text, done) => {
      for (const line of text.split("\n").filter((each) => each !== "")) lines.push(JSON.parse(line) as Line);
      done();
    },
  });
  const end = logTransitions(gpus.registry, logger);
  const about = (component: string): Line[] => lines.filter((line) => line.component === component);
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

  it("ends when it is told to", () => {
    const { gpus, lines, end } = loggedRegistry();
    end();
    gpus.publishGpus(goodGpu);
    expect(lines).toEqual([]);
  });
});
