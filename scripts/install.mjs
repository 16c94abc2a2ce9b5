// Compiles the native part when the package is installed. A machine without a compiler still gets a working package,
// without the GPU part, so this ends with 0 whatever happens.
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const outputs = [
  "build/Release/gpu_health.node",
  "build/Release/gpu_health_cuda_probe",
  "build/Release/simulator/libcuda.so.1",
  "build/Release/simulator/libnvidia-ml.so.1",
];

/** The time of the newest file among and below `paths`, in ms; -Infinity where there is none. */
function newest(paths) {
  return Math.max(
    ...paths.map((path) => {
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats === undefined) return Number.NEGATIVE_INFINITY;
      if (!stats.isDirectory()) return stats.mtimeMs;
      return newest(readdirSync(path).map((name) => join(path, name)));
    }),
    Number.NEGATIVE_INFINITY,
  );
}

function isUpToDate() {
  const sources = newest([join(root, "native"), join(root, "CMakeLists.txt")]);
  return outputs.every((output) => newest([join(root, output)]) > sources);
}

function compile() {
  const cmakeJs = createRequire(import.meta.url).resolve("cmake-js/bin/cmake-js");
  return spawnSync(process.execPath, [cmakeJs, "compile", "--directory", root], { cwd: root, encoding: "utf8" });
}

if (process.env.GPU_HEALTH_SKIP_BUILD === "1") {
  console.log("gpu-health: GPU_HEALTH_SKIP_BUILD=1, so the GPU part is not compiled.");
} else if (!isUpToDate()) {
  const result = compile();
  if (result.status !== 0) {
    console.error(result.stdout + result.stderr);
    console.error(
      "gpu-health: the GPU part could not be compiled (see above). The package works without it, but sees no GPU.\n" +
        "gpu-health: to get it, install a C++17 compiler and CMake (Debian: apt-get install g++ make cmake),\n" +
        "gpu-health: then run: npm rebuild gpu-health (in a checkout of it: npm run install)",
    );
  }
}
