// What binding.gyp runs: the CMake build, with node-gyp's output folder as the argument. CMake's own files go to
// build/cmake, because node-gyp keeps a Makefile of its own in build.
import { join, resolve } from "node:path";
import { compile, root } from "./native-build.mjs";

const outputFolder = resolve(process.argv[2] ?? join(root, "build/Release"));
const build = compile({ buildFolder: join(root, "build/cmake"), outputFolder });
if (!build.ok) {
  console.error(build.output);
  process.exitCode = 1;
}
