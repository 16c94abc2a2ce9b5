import { readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { eventually } from "../e2e/support/eventually.js";
import { inRepository, simulatorPath } from "../e2e/support/paths.js";
import { type RunningProcess, start } from "../e2e/support/processes.js";
import { addon, StateFile } from "./support.js";

const { Sampler } = addon();

/** What workers and child processes run first. */
const prelude = `
  const { Sampler, exitNow } = require(${JSON.stringify(inRepository("build/Release/gpu_health.node"))});
  const sample = (onChange = () => {}) =>
    new Sampler({ libraryPath: ${JSON.stringify(simulatorPath)}, intervalMs: 10, onChange });
  const isReady = (sampler) => sampler.status().phase === "ready";
  const isHanging = (sampler) => sampler.status().gpus.some((gpu) => gpu.call?.startedAtMs < performance.now() +
    performance.timeOrigin && Number(process.hrtime.bigint()) / 1e6 - gpu.call.startedAtMs > 50);
  const until = (condition) => new Promise((resolve) => {
    const timer = setInterval(() => condition() && (clearInterval(timer), resolve()), 5);
  });
`;

const child = (code: string, state: StateFile): RunningProcess =>
  start(process.execPath, ["--eval", prelude + code], { env: state.env });

const threadCount = (): number => readdirSync("/proc/self/task").length;

describe("a process", () => {
  it("is not kept alive by a sampler", async () => {
    expect(await child("sample();", new StateFile("count = 2")).end()).toEqual({ code: 0, signal: null });
  });

  it("that forgets to stop its sampler still ends well", async () => {
    const process = child("const s = sample(); until(() => isReady(s)).then(() => globalThis.s = s);", new StateFile());
    expect(await process.end()).toEqual({ code: 0, signal: null });
  });

  it("ends well when it exits with notifications under way, every time", async () => {
    const state = new StateFile("count = 8");
    for (let exits = 0; exits < 10; exits += 1) {
      expect(
        await child("const s = sample(); until(() => isReady(s)).then(() => process.exit(0));", state).end(),
      ).toEqual({
        code: 0,
        signal: null,
      });
      expect(await child("sample();", state).end()).toEqual({ code: 0, signal: null });
    }
  });

  it("ends by what onChange throws", async () => {
    const process = child(
      "sample(() => { throw new Error('of onChange'); }); setInterval(() => {}, 1);",
      new StateFile(),
    );
    expect(await process.end()).toEqual({ code: 1, signal: null });
    expect(process.stderr).toContain("Error: of onChange");
  });

  it("ends while a call hangs", async () => {
    const state = new StateFile("count = 2", "gpu.1.hang.* = true");
    const process = child("const s = sample(); until(() => isHanging(s)).then(() => console.log(s.stop()));", state);
    expect(await process.end()).toEqual({ code: 0, signal: null });
    expect(process.stdout).toBe("1\n");
  });

  it("leaves by exitNow where a hung driver would block its exit handlers", async () => {
    const state = new StateFile("count = 2", "hang.mode = global", "gpu.1.hang.* = true");
    const process = child(
      "const s = sample(); until(() => isHanging(s)).then(() => exitNow(s.stop() > 0 ? 7 : 0));",
      state,
    );
    expect(await process.end()).toEqual({ code: 7, signal: null });
  });

  it("would wait for such a driver at its exit handlers", async () => {
    const state = new StateFile("count = 2", "hang.mode = global", "gpu.1.hang.* = true");
    const code = "const s = sample(); until(() => isHanging(s)).then(() => { s.stop(); console.log('leaving'); });";
    const process = child(code, state);
    await process.until(() => process.lines().find((line) => line === "leaving"));
    // Long enough for any exit that nothing blocks.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(process.hasExited).toBe(false);
    state.write("count = 2");
    expect(await process.end()).toEqual({ code: 0, signal: null });
  });
});

describe("worker threads", () => {
  const worker = (code: string): Worker => new Worker(prelude + code, { eval: true });
  const exit = (thread: Worker): Promise<number> =>
    new Promise((resolve, reject) => {
      thread.once("error", reject);
      thread.once("exit", resolve);
    });

  it("may each load it, four at once, through start/stop cycles", async () => {
    new StateFile("count = 4").use();
    const before = threadCount();
    const code = `(async () => {
      for (let cycle = 0; cycle < 25; cycle += 1) {
        const sampler = sample();
        if (cycle % 2 === 0) await until(() => isReady(sampler));
        if (sampler.stop() !== 0) throw new Error("a thread was left behind");
      }
    })();`;
    const exits = [1, 2, 3, 4].map(() => exit(worker(code)));
    expect(await Promise.all(exits)).toEqual([0, 0, 0, 0]);
    await eventually(() => expect(threadCount()).toBeLessThanOrEqual(before));
  });

  it("may be terminated while they sample and while a call hangs", async () => {
    const state = new StateFile("count = 4", "gpu.2.hang.* = true").use();
    const own = new Sampler({ libraryPath: simulatorPath, intervalMs: 10, onChange: () => {} });
    await eventually(() => expect(own.status().phase).toBe("ready"));
    const before = threadCount();
    const thread = worker(`const { parentPort } = require("node:worker_threads");
      const s = sample(() => {});
      setInterval(() => s.status(), 1);
      until(() => isHanging(s)).then(() => parentPort.postMessage("hanging"));`);
    await new Promise((resolve) => thread.once("message", resolve));
    await thread.terminate();
    // The thread that was left behind returns after its worker, and its copy of the addon, are gone.
    state.write("count = 4");
    await eventually(() => expect(threadCount()).toBeLessThanOrEqual(before));
    await eventually(() => expect(own.status().gpus[2]?.snapshot?.sequence).toBeGreaterThan(3));
    expect(own.stop()).toBe(0);
  });
});

describe("a process whose workers are terminated", () => {
  it("goes on, in the middle of whichever call a worker was", async () => {
    const worker = `${prelude} const s = sample(() => s.status()); for (;;) for (let i = 0; i < 50; i += 1) s.status();`;
    const code = `
      const { Worker } = require("node:worker_threads");
      (async () => {
        for (let delayMs = 0; delayMs < 60; delayMs += 2) {
          const worker = new Worker(${JSON.stringify(worker)}, { eval: true });
          await new Promise((resolve) => setTimeout(resolve, delayMs));
          await worker.terminate();
        }
        console.log("still here");
      })();`;
    const process = child(code, new StateFile("count = 8"));
    expect(await process.end()).toEqual({ code: 0, signal: null });
    expect(process.stdout).toBe("still here\n");
  });
});

describe("a sampler that nobody holds", () => {
  it("is stopped when it is collected", async () => {
    new StateFile("count = 4").use();
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const before = threadCount();
    (() => new Sampler({ libraryPath: simulatorPath, intervalMs: 10, onChange: () => {} }))();
    await eventually(() => {
      collect();
      expect(threadCount()).toBeLessThanOrEqual(before);
    });
  });
});
