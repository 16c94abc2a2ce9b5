// How the native part is built: by CMake, with the headers of Node-API from npm.
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** What a build leaves in its output folder; the GPU models lie beside the simulator. */
export const parts = [
  "gpu_health.node",
  "gpu_health_cuda_probe",
  "simulator/libcuda.so.1",
  "simulator/libnvidia-ml.so.1",
];

/** Where the prebuilt parts for this machine lie, if the package has any. */
export const prebuiltFolder = join(root, "prebuilds", `${process.platform}-${process.arch}`);

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

/** Whether every part in `folder` is newer than what it is built from. */
export function isUpToDate(folder) {
  const sources = newest([join(root, "native"), join(root, "CMakeLists.txt")]);
  return parts.every((part) => newest([join(folder, part)]) > sources);
}

/**
 * Compiles the native part; CMake's own files go to `buildFolder`, the parts to `outputFolder`.
 * @param {{ buildFolder: string, outputFolder: string, settings?: Record<string, string> }} options `settings` are
 *   CMake's cache variables
 * @returns {{ ok: true } | { ok: false, output: string }} `output`: all that CMake and the compiler said
 */
export function compile({ buildFolder, outputFolder, settings = {} }) {
  const { resolve } = createRequire(import.meta.url);
  const headers = [resolve("node-api-headers/include/node_api.h"), resolve("node-addon-api/napi.h")];
  const variables = {
    CMAKE_BUILD_TYPE: "Release",
    CMAKE_LIBRARY_OUTPUT_DIRECTORY: outputFolder,
    NODE_API_HEADERS: headers.map(dirname).join(";"),
    ...settings,
  };
  const definitions = Object.entries(variables).map(([name, value]) => `-D${name}=${value}`);
  const steps = [
    ["-S", root, "-B", buildFolder, ...definitions],
    ["--build", buildFolder, "--parallel", String(availableParallelism())],
  ];
  let output = "";
  for (const args of steps) {
    const step = spawnSync("cmake", args, { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
    output += step.error === undefined ? `${step.stdout}${step.stderr}` : `cmake: ${step.error.message}\n`;
    if (step.status !== 0) return { ok: false, output };
  }
  return { ok: true };
}
