import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inRepository } from "../e2e/support/paths.js";
import { type Outcome, run } from "../e2e/support/processes.js";

const folder = mkdtempSync(join(tmpdir(), "gpu-health-install-"));
const script = join(folder, "scripts/install.mjs");

/** A PATH on which there is Node and nothing else. */
const onlyNode = join(folder, "bin");

beforeAll(() => {
  for (const name of ["CMakeLists.txt", "native", "package.json", "scripts/install.mjs", "scripts/native-build.mjs"]) {
    cpSync(inRepository(name), join(folder, name), { recursive: true });
  }
  symlinkSync(inRepository("node_modules"), join(folder, "node_modules"));
  mkdirSync(onlyNode);
  symlinkSync(process.execPath, join(onlyNode, "node"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const install = (env: Readonly<Record<string, string>> = {}): Promise<Outcome> =>
  run(process.execPath, [script], { env: { PATH: onlyNode, GPU_HEALTH_SKIP_BUILD: "", ...env } });

describe("the install script", () => {
  it("says what to do where nothing can be compiled, and lets the package be installed", async () => {
    const outcome = await install();
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).toContain("the GPU part could not be compiled");
    expect(outcome.stderr).toContain("apt-get install g++ make cmake");
    expect(existsSync(join(folder, "build/Release/gpu_health.node"))).toBe(false);
  });

  it("compiles nothing when told so", async () => {
    const outcome = await install({ GPU_HEALTH_SKIP_BUILD: "1" });
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
    expect(outcome.stdout).toContain("GPU_HEALTH_SKIP_BUILD=1");
  });

  it("compiles nothing where the prebuilt part loads, and says why where it does not", async () => {
    const prebuilt = join(folder, "prebuilds", `${process.platform}-${process.arch}`);
    mkdirSync(prebuilt, { recursive: true });
    cpSync(inRepository("build/Release/gpu_health.node"), join(prebuilt, "gpu_health.node"));
    expect(await install()).toMatchObject({ code: 0, stdout: "", stderr: "" });

    writeFileSync(join(prebuilt, "gpu_health.node"), "of another system");
    const outcome = await install();
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toMatch(/the prebuilt GPU part for \S+ does not load here: .+\. Compiling it\./);
    expect(outcome.stderr).toContain("apt-get install g++ make cmake");
    rmSync(prebuilt, { recursive: true });
  });

  it("compiles in a checkout, whose prebuilt part may be old", async () => {
    const prebuilt = join(folder, "prebuilds", `${process.platform}-${process.arch}`);
    mkdirSync(prebuilt, { recursive: true });
    cpSync(inRepository("build/Release/gpu_health.node"), join(prebuilt, "gpu_health.node"));
    mkdirSync(join(folder, "src"));
    expect((await install()).stderr).toContain("the GPU part could not be compiled");
    rmSync(join(folder, "src"), { recursive: true });
    rmSync(prebuilt, { recursive: true });
  });

  it("does nothing when what it would build is newer than the sources", async () => {
    mkdirSync(join(folder, "build/Release/simulator"), { recursive: true });
    for (const output of [
      "gpu_health.node",
      "gpu_health_cuda_probe",
      "simulator/libcuda.so.1",
      "simulator/libnvidia-ml.so.1",
    ]) {
      writeFileSync(join(folder, "build/Release", output), "");
    }
    expect(await install()).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });
});
