import { readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { fillFirstGpu, quickGpus } from "./support/configurations.js";
import { eventually } from "./support/eventually.js";
import { freePort } from "./support/free-port.js";
import { inRepository, programPath, simulatorPath } from "./support/paths.js";
import { type RunningProcess, run, type StartOptions, start } from "./support/processes.js";
import {
  gpuHealth,
  type Server,
  startGpuHealth,
  startServer,
  startServingServer,
  temporaryFile,
  terminatedByItsFolder,
} from "./support/program.js";

let server: Server;
beforeAll(async () => {
  server = await startServingServer({ config: quickGpus, simulate: "h200x2" });
});

describe("list", () => {
  it("prints every component, for people and for machines", async () => {
    const table = await gpuHealth(["list", server.grpc]);
    expect(table.code, table.stderr).toBe(0);
    expect(table.stdout).toMatch(/inference\s.*SERVING/);

    const { stdout } = await gpuHealth(["list", server.grpc, "--output", "json"]);
    expect(stdout).toContain('"gpu/1"');
    expect(JSON.stringify(JSON.parse(stdout))).toContain("SERVING");
  });

  it("says that nobody answers", async () => {
    const outcome = await gpuHealth(["list", "127.0.0.1:1"]);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain("127.0.0.1:1");
  });
});

describe("watch", () => {
  it("prints each change as one JSON line", async () => {
    const watcher = startGpuHealth(["watch", server.grpc, "--service", "inference", "--output", "json"]);
    const statuses = (): readonly unknown[] =>
      watcher.lines().map((line) => (JSON.parse(line) as { status: unknown }).status);
    await eventually(() => expect(statuses(), watcher.describe()).toEqual(["SERVING"]));
    await server.drill(...fillFirstGpu);
    await eventually(() => expect(statuses()).toEqual(["SERVING", "NOT_SERVING"]));
    await server.drill("reset");
    await eventually(() => expect(statuses()).toEqual(["SERVING", "NOT_SERVING", "SERVING"]));
    await watcher.kill();
  });
});

describe("wait", () => {
  it("waits for a server that does not run yet", async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const waiting = startGpuHealth(["wait", address]);
    await waiting.until(() => (waiting.stderr.includes("ECONNREFUSED") ? true : undefined));
    const config = `grpc: { listen: "${address}" }\ngpu: { mode: off }`;
    await startServer({ config, configuredListeners: ["grpc"] });
    expect(await waiting.exited).toMatchObject({ code: 0 });
    expect(waiting.lines()).toEqual([expect.stringMatching(/^status: SERVING after/)]);
  });
});

/** Runs a command whose output is read up to its first line only, as a shell does with `| head -n 1`. */
const headOf = (args: readonly string[], options?: StartOptions): RunningProcess =>
  start("bash", ["-c", 'set -o pipefail; "$@" | head -n 1', "bash", process.execPath, programPath, ...args], options);

describe("a command whose output nobody reads any more", () => {
  it("watch ends by itself, and without a complaint", async () => {
    const watch = headOf(["watch", server.grpc, "--service", "inference", "--output", "json"]);
    await eventually(() => expect(watch.lines()).toHaveLength(1));
    await eventually(async () => {
      await server.drill(...fillFirstGpu);
      await server.drill("reset");
      expect(watch.hasExited).toBe(true);
    });
    expect({ ...(await watch.end()), stderr: watch.stderr }).toEqual({ code: 0, signal: null, stderr: "" });
  });

  it("gpus --watch ends too, and takes its simulated GPUs with it", async () => {
    const directory = dirname(temporaryFile("folder"));
    const gpus = headOf(["gpus", "--simulate", "h200x2", "--watch"], { env: { TMPDIR: directory } });
    expect({ ...(await gpus.end()), stderr: gpus.stderr }).toEqual({ code: 0, signal: null, stderr: "" });
    expect(gpus.stdout).toContain("SIMULATED");
    expect(readdirSync(directory)).toEqual([]);
  });

  it("list is not harmed", async () => {
    const shell = 'set -o pipefail; "$@" | :';
    const { code, stderr } = await run("bash", [
      "-c",
      shell,
      "bash",
      process.execPath,
      programPath,
      "list",
      server.grpc,
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("a full disk is no success", async () => {
    const outcome = await run("bash", [
      "-c",
      '"$@" > /dev/full',
      "bash",
      process.execPath,
      programPath,
      "list",
      server.grpc,
    ]);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/^gpu-health: .*ENOSPC.*\n$/);
  });
});

describe("gpus", () => {
  const simulated = (count: number) => ({
    env: { NVML_SIMULATOR_STATE: temporaryFile("state", `model = h200\ncount = ${count}\n`) },
  });

  it("prints the GPUs as the sampler sees them, for people and for machines", async () => {
    const table = await gpuHealth(["gpus", "--library", simulatorPath], simulated(3));
    expect(table.code, table.stderr).toBe(0);
    expect(table.stdout.match(/H200/g)).toHaveLength(3);
    expect(table.stdout).toMatch(/simulated/i);

    const { stdout } = await gpuHealth(["gpus", "--output", "json", "--library", simulatorPath], simulated(3));
    const uuids = stdout.match(/GPU-[0-9a-f-]{36}/g);
    expect(new Set(uuids).size).toBe(3);
    expect(() => JSON.parse(stdout) as unknown).not.toThrow();
  });

  it.each([
    ["a model that is none", ["--simulate", "h2000"], {}, /^gpu-health: cannot simulate "h2000": .*h200.*\n$/],
    [
      "no place for simulated GPUs",
      ["--simulate", "h200"],
      { TMPDIR: "/nonexistent" },
      /^gpu-health: no place .*TMPDIR\n$/,
    ],
  ])("is plain about %s", async (_what, args, env, message) => {
    const outcome = await gpuHealth(["gpus", ...args], { env });
    expect(outcome).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(message) });
  });

  it("leaves nothing behind when it is ended before the GPUs have answered", async () => {
    const directory = dirname(temporaryFile("folder"));
    const outcome = await gpuHealth(["gpus", "--simulate", "h200"], { env: terminatedByItsFolder(directory) });
    expect(outcome).toMatchObject({ signal: null, stderr: "" });
    expect(readdirSync(directory)).toEqual([]);
  });
});

describe("validate", () => {
  it("accepts a good file and reports every error of a bad one", async () => {
    const good = await gpuHealth(["validate", temporaryFile("good.yaml", quickGpus)]);
    expect(good.code, good.stderr).toBe(0);

    const bad = await gpuHealth(["validate", temporaryFile("bad.yaml", "grcp: {}\ngpu: { mode: maybe }\n")]);
    expect(bad.code).toBe(1);
    const said = bad.stdout + bad.stderr;
    expect(said).toMatch(/bad\.yaml:1:1: .*grcp.*grpc/);
    expect(said).toMatch(/bad\.yaml:2:14: .*gpu\.mode.*maybe/);
  });
});

describe("drill", () => {
  it("is refused for a GPU that is not there", async () => {
    const outcome = await gpuHealth(["drill", "lose", "--gpu", "7", "--admin", server.admin]);
    expect(outcome.code).not.toBe(0);
    expect(outcome.stderr).toContain("7");
  });

  it("finds the server through the environment", async () => {
    const outcome = await gpuHealth(["drill", "reset"], { env: { GPU_HEALTH_ADMIN: server.admin } });
    expect(outcome.code, outcome.stderr).toBe(0);
  });

  it("is refused where no GPU is simulated", async () => {
    const real = await startServingServer({ config: "gpu: { mode: off }\n" });
    const outcome = await gpuHealth(["drill", "lose", "--gpu", "0", "--admin", real.admin]);
    expect(outcome.code).not.toBe(0);
    expect(outcome.stderr).toMatch(/simulate/);
  });
});

describe("--version and --help", () => {
  it("names the version of the package", async () => {
    const { version } = JSON.parse(readFileSync(inRepository("package.json"), "utf8")) as { version: string };
    const outcome = await gpuHealth(["--version"]);
    expect({ code: outcome.code, said: outcome.stdout.trim() }).toEqual({ code: 0, said: version });
  });

  it.each(["", "serve", "check", "list", "watch", "gpus", "validate", "drill", "alerts"])(
    "helps with an example: %s",
    async (command) => {
      const outcome = await gpuHealth([...(command === "" ? [] : [command]), "--help"]);
      expect(outcome.code).toBe(0);
      expect(outcome.stdout).toMatch(/Examples?:\n\s+\$ gpu-health /);
    },
  );

  it("refuses a command that is none, and names the nearest", async () => {
    const outcome = await gpuHealth(["wacth"]);
    expect(outcome.code).not.toBe(0);
    expect(outcome.stderr).toMatch(/watch/);
  });
});
