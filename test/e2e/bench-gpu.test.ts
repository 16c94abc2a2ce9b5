import { dirname } from "node:path";
import { expect, it } from "vitest";
import { inRepository, simulatorPath } from "./support/paths.js";
import { start } from "./support/processes.js";
import { temporaryFile } from "./support/program.js";

const runLimitMs = 120_000;

const bench = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  start("bash", [inRepository("bench/gpu/run.sh"), ...args], { env: { NODE: process.execPath, ...env } });

it(
  "shows every step on simulated GPUs",
  async () => {
    const run = bench(["--simulate", "h200x2", "--steps", "readings,memory,xid,cuda"]);
    expect(await run.end(runLimitMs), run.describe()).toMatchObject({ code: 0 });
    expect(run.stdout).toMatch(/SIMULATED/);
    expect(run.stdout).toMatch(/ok +the verdict turns: .*insufficient_gpu_memory/);
    expect(run.stdout).toMatch(/ok +the reason names who holds the memory: .*pid 4711/);
    expect(run.stdout).toMatch(/ok +it recovers/);
    expect(run.stdout).toMatch(/ok +mode kernel on gpu\/1/);
    expect(run.stdout).toMatch(/not possible here +all readings against nvidia-smi/);
  },
  runLimitMs,
);

it("refuses with the reason where there is no GPU", async () => {
  const state = temporaryFile("state.conf", "return.nvmlInit_v2 = 9\n");
  const run = bench([], { NVML_SIMULATOR_STATE: state, LD_LIBRARY_PATH: dirname(simulatorPath) });
  expect(await run.end()).toMatchObject({ code: 2 });
  expect(run.stderr).toMatch(/^There is no NVIDIA GPU to look at\.\n.*\nWhat to do: /);
});
