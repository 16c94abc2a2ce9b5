import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { Addon } from "../../src/gpu/addon.js";
import { inRepository } from "../e2e/support/paths.js";
import { start } from "../e2e/support/processes.js";

const buildDeadlineMs = 300_000;

const folder = mkdtempSync(join(tmpdir(), "gpu-health-gyp-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The node-gyp that every npm brings along. */
function nodeGyp(): string {
  const beside = join(dirname(process.execPath), "../lib/node_modules/npm");
  const npm = existsSync(beside) ? beside : join(npmRoot(), "npm");
  return join(npm, "node_modules/node-gyp/bin/node-gyp.js");
}

const npmRoot = (): string => execFileSync("npm", ["root", "--global"], { encoding: "utf8", stdio: "pipe" }).trim();

/** What node-gyp wants to know of Node, taken from the Node that runs: nothing is compiled against its headers, which
 *  node-gyp would else download. */
function makeNodeDirectory(): string {
  const include = join(folder, "node/include/node");
  mkdirSync(include, { recursive: true });
  writeFileSync(join(include, "config.gypi"), JSON.stringify(process.config));
  writeFileSync(join(include, "common.gypi"), "{}");
  return join(folder, "node");
}

function copySources(): string {
  const copy = join(folder, "gpu-health");
  mkdirSync(copy);
  for (const name of ["CMakeLists.txt", "binding.gyp", "native", "package.json", "scripts"]) {
    cpSync(inRepository(name), join(copy, name), { recursive: true });
  }
  symlinkSync(inRepository("node_modules"), join(copy, "node_modules"));
  return copy;
}

it("node-gyp builds the addon and the simulator through CMake", { timeout: 2 * buildDeadlineMs }, async () => {
  const copy = copySources();
  // By the environment, which node-gyp puts above its arguments: a script that npm runs inherits npm's own settings.
  const env = { npm_config_nodedir: makeNodeDirectory() };
  const build = start(process.execPath, [nodeGyp(), "rebuild", `--directory=${copy}`], { env });
  const { code } = await build.end(buildDeadlineMs);
  expect(code, build.describe()).toBe(0);
  const addon = createRequire(import.meta.url)(join(copy, "build/Release/gpu_health.node")) as Addon;
  expect(addon.returnCodeName(15)).toBe("NVML_ERROR_GPU_IS_LOST");
  const sampler = new addon.Sampler({
    libraryPath: join(copy, "build/Release/simulator/libnvidia-ml.so.1"),
    intervalMs: 1000,
    onChange: () => {},
  });
  await expect.poll(() => sampler.status().phase, { timeout: 20_000 }).toBe("ready");
  expect(sampler.status().gpus[0]?.name).toEqual({ ok: true, value: "NVIDIA H200" });
  expect(sampler.stop()).toBe(0);
});
