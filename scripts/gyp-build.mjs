// What binding.gyp runs: the CMake build, with node-gyp's output folder as the argument. CMake's own files go to
// build/cmake, because node-gyp keeps a Makefile of its own in build.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const output = resolve(process.argv[2] ?? "build/Release");
const cmakeJs = createRequire(import.meta.url).resolve("cmake-js/bin/cmake-js");

const build = spawnSync(
  process.execPath,
  [cmakeJs, "compile", "--out", resolve(root, "build/cmake"), `--CDCMAKE_LIBRARY_OUTPUT_DIRECTORY=${output}`],
  { cwd: root, stdio: "inherit" },
);
process.exitCode = build.status ?? 1;
