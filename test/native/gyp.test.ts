import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { inRepository } from "../e2e/support/paths.js";
import { start } from "../e2e/support/processes.js";

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

/** A `cmake` that only writes down what it is called with: how the same function compiles, the installation shows. */
function recordingCmake(): { readonly path: string; calls(): readonly string[] } {
  const path = join(folder, "bin");
  const record = join(folder, "calls");
  mkdirSync(path);
  writeFileSync(join(path, "cmake"), `#!/bin/sh\necho "$*" >>'${record}'\n`, { mode: 0o755 });
  return { path, calls: () => readFileSync(record, "utf8").trim().split("\n") };
}

it("node-gyp builds through CMake, into its own folder", async () => {
  const copy = copySources();
  const cmake = recordingCmake();
  // By the environment, which node-gyp puts above its arguments: a script that npm runs inherits npm's own settings.
  const env = { npm_config_nodedir: makeNodeDirectory(), PATH: `${cmake.path}${delimiter}${process.env.PATH}` };
  const build = start(process.execPath, [nodeGyp(), "rebuild", `--directory=${copy}`], { env });
  const { code } = await build.end();
  expect(code, build.describe()).toBe(0);
  const [configure, compile] = cmake.calls();
  expect(configure).toContain(`-B ${join(copy, "build/cmake")}`);
  expect(configure).toContain(`-DCMAKE_LIBRARY_OUTPUT_DIRECTORY=${join(copy, "build/Release")}`);
  expect(compile).toContain(`--build ${join(copy, "build/cmake")}`);
});
