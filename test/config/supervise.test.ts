import { describe, expect, it } from "vitest";
import { formatConfigurationError, loadConfiguration } from "../../src/config/load.js";

const load = (options: string) => {
  const loaded = loadConfiguration(
    `checks:\n  model: { type: tcp, address: "127.0.0.1:1" }\ncomponents:\n  engine: { critical: [model] }\nsupervise:\n  ${options}\n`,
    "a.yaml",
    {},
  );
  return loaded.ok ? loaded.configuration.supervise : loaded.errors.map(formatConfigurationError);
};

describe("supervise", () => {
  it("has defaults for all but what to restart", () => {
    expect(load("engine: { run: [python3, serve.py], env: { A: b } }")).toEqual({
      engine: {
        target: { kind: "run", command: ["python3", "serve.py"] },
        env: { A: "b" },
        failures: 3,
        forMs: 0,
        graceMs: 60_000,
        backoffMs: 1000,
        maxBackoffMs: 60_000,
        maxRestarts: 5,
        windowMs: 600_000,
        stopTimeoutMs: 10_000,
        timeoutMs: 60_000,
        dryRun: false,
      },
    });
    expect(load("engine: { unit: engine.service, component: engine }")).toMatchObject({
      engine: { target: { kind: "unit", unit: "engine.service" }, component: "engine" },
    });
  });

  it("says what does not fit together, and what is not there", () => {
    expect(load("engine: { component: engine }")).toEqual([
      "a.yaml:6:11: supervise.engine: must name one of `run`, `unit` and `command`, and only one",
    ]);
    expect(load("engine: { run: [a], unit: b, component: engine }")).toHaveLength(1);
    expect(load("engine: { unit: b }")).toEqual([
      "a.yaml:6:11: supervise.engine: names no `component`, so nothing would ever lead to a restart",
    ]);
    expect(load("engine: { run: [a], component: engin }")).toEqual([
      'a.yaml:6:34: supervise.engine.component: unknown component "engin": did you mean engine?',
    ]);
    expect(load("engine: { run: [] }")).toHaveLength(1);
    expect(load('engine: { unit: "--now", component: engine }')).toHaveLength(1);
  });
});
