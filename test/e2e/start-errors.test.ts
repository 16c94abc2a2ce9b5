import { type AddressInfo, createServer } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { quickGpus } from "./support/configurations.js";
import { simulatorPath } from "./support/paths.js";
import type { Outcome } from "./support/processes.js";
import { gpuHealth, serveArguments, startServingServer, temporaryFile } from "./support/program.js";

/** Runs `serve` with this configuration, which must not start, and gives all that it said. */
async function refusal(config: string, env?: Readonly<Record<string, string>>): Promise<string> {
  const outcome = await gpuHealth(serveArguments({ config }), env === undefined ? {} : { env });
  expectNotStarted(outcome);
  return outcome.stdout + outcome.stderr;
}

/** The process has ended, so no port of it is open; and it must not have claimed to be ready before. */
function expectNotStarted(outcome: Outcome): void {
  expect(outcome.code, outcome.stdout + outcome.stderr).toBeGreaterThan(0);
  expect(outcome.stdout).not.toContain('"event":"ready"');
  expect(outcome.stderr, "a stack trace is no message").not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
}

describe("a port in use", () => {
  const other = createServer();
  afterAll(() => other.close());

  it.each(["grpc", "http", "admin"])("is an error that names it, for %s", async (listener) => {
    if (!other.listening) await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    const args = serveArguments({ config: quickGpus, simulate: "h200x1" });
    const outcome = await gpuHealth([...args, `--${listener}`, address]);
    expectNotStarted(outcome);
    const said = outcome.stdout + outcome.stderr;
    expect(said).toContain(address);
    expect(said).toMatch(/by another process/);
  });
});

describe("a configuration", () => {
  it("with several errors has them all reported, each with its line and column", async () => {
    const said = await refusal(`gpu: { interval: fast }
checks:
  gpu: { type: gpu, minFreeMemory: 2 bananas }
  model: { type: htp, url: "http://127.0.0.1:1/" }
components:
  inference: { critical: [gpu, modle] }
`);
    expect(said).toMatch(/gpu-health\.yaml:1:18: .*gpu\.interval/);
    expect(said).toMatch(/gpu-health\.yaml:3:36: .*minFreeMemory/);
    expect(said).toMatch(/gpu-health\.yaml:4:18: .*htp.*http/);
    expect(said).toMatch(/gpu-health\.yaml:6:32: .*modle.*model/);
  });

  it("with an unknown key names the nearest known one", async () => {
    expect(await refusal("chekcs: {}\n")).toMatch(/gpu-health\.yaml:1:1: .*chekcs.*checks/);
    expect(await refusal("grpc: { lisen: '127.0.0.1:0' }\n")).toMatch(/gpu-health\.yaml:1:9: .*lisen.*listen/);
  });

  it("that is no YAML is reported with its line", async () => {
    expect(await refusal("checks: [\n")).toMatch(/gpu-health\.yaml:\d+:\d+: /);
  });

  it("that is not there is named", async () => {
    const outcome = await gpuHealth(["serve", "-c", "/nonexistent/gpu-health.yaml"]);
    expectNotStarted(outcome);
    expect(outcome.stderr + outcome.stdout).toContain("/nonexistent/gpu-health.yaml");
  });
});

describe("GPUs that are required", () => {
  it("and no NVML library", async () => {
    const said = await refusal('gpu: { mode: required, library: "/nonexistent/libnvidia-ml.so.1" }\n');
    expect(said).toMatch(/not (be )?found/);
    expect(said).toContain("/nonexistent/libnvidia-ml.so.1");
  });

  it("and a library that is no shared library", async () => {
    const text = temporaryFile("libnvidia-ml.so.1", "this is text\n");
    const said = await refusal(`gpu: { mode: required, library: "${text}" }\n`);
    expect(said).toContain(`${text} cannot be loaded as an NVML library`);
  });

  it("and a shared library that is not NVML", async () => {
    const said = await refusal('gpu: { mode: required, library: "libc.so.6" }\n');
    expect(said).toMatch(/libc\.so\.6 .*NVML library: .*nvmlInit_v2/);
  });

  it.each([
    [
      "a driver that is not loaded",
      "return.nvmlInit_v2 = 9",
      /NVML_ERROR_DRIVER_NOT_LOADED.* what dmesg says of NVRM\n$/,
    ],
    ["a driver that hangs", "hang.nvmlInit_v2 = true", /nvmlInit_v2 has not returned for 300 ms/],
    ["a driver that also blocks the exit of a process", "hang.mode = global\nhang.nvmlInit_v2 = true", /300 ms/],
    ["no GPU", "count = 0", /no GPU/],
  ])("and %s", async (_situation, state, message) => {
    const config = `gpu: { mode: required, library: "${simulatorPath}", interval: 100ms, stallAfter: 300ms }\n`;
    const env = { NVML_SIMULATOR_STATE: temporaryFile("state", `model = h200\n${state}\n`) };
    expect(await refusal(config, env)).toMatch(message);
  });

  it("are waited for while the driver starts", async () => {
    const config = `gpu: { mode: required, library: "${simulatorPath}" }\n`;
    const env = { NVML_SIMULATOR_STATE: temporaryFile("state", "model = h200\nlatency.nvmlInit_v2 = 500ms\n") };
    await startServingServer({ config, env });
  });
});

describe("a flag", () => {
  it.each([
    ["--simulate", "h2000x1", /h2000.*h200/s],
    ["--grpc", "nowhere", /nowhere/],
    ["--bogus", "1", /--bogus/],
  ])("%s %s is refused with what is wrong", async (flag, value, message) => {
    const outcome = await gpuHealth([...serveArguments({}), flag, value]);
    expectNotStarted(outcome);
    expect(outcome.stdout + outcome.stderr).toMatch(message);
  });
});
