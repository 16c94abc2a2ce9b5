// Runs when the package is installed. The package brings the native part for the most common machines; where that does
// not fit, it is compiled. A machine without a compiler still gets a working package, without the GPU part, so this ends
// with 0 whatever happens.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { compile, isUpToDate, prebuiltFolder, root } from "./native-build.mjs";

const outputFolder = join(root, "build/Release");

/** A checkout compiles: what was built ahead may be older than its sources. */
const isCheckout = existsSync(join(root, "src"));

/** Undefined where the prebuilt addon fits this machine, else a sentence on why it does not. */
function whyNotPrebuilt() {
  const system = `${process.platform}-${process.arch}`;
  const addon = join(prebuiltFolder, "gpu_health.node");
  if (!existsSync(addon)) return `there is no prebuilt GPU part for ${system}.`;
  try {
    createRequire(import.meta.url)(addon);
    return undefined;
  } catch (error) {
    return `the prebuilt GPU part for ${system} does not load here: ${error.message.split("\n")[0]}.`;
  }
}

/** Node's report names the version of glibc. Systems with musl, such as Alpine, have none. */
function howToGetCompiler() {
  const isMusl = process.report.getReport().header.glibcVersionRuntime === undefined;
  return isMusl ? "Alpine: apk add g++ make cmake" : "Debian: apt-get install g++ make cmake";
}

function compileOrSayWhatIsMissing(reason) {
  if (reason !== undefined) console.log(`gpu-health: ${reason} Compiling it.`);
  const build = compile({ buildFolder: join(root, "build"), outputFolder });
  if (build.ok) return;
  console.error(build.output);
  console.error(
    "gpu-health: the GPU part could not be compiled (see above). The package works without it, but sees no GPU.\n" +
      `gpu-health: to get it, install a C++17 compiler and CMake (${howToGetCompiler()}),\n` +
      "gpu-health: then run: npm rebuild gpu-health (in a checkout of it: npm run install)",
  );
}

if (process.env.GPU_HEALTH_SKIP_BUILD === "1") {
  console.log("gpu-health: GPU_HEALTH_SKIP_BUILD=1, so the GPU part is not compiled.");
} else if (process.platform !== "linux") {
  console.log("gpu-health: the GPU part is for Linux only. Here the package works without it: it sees no GPU.");
} else if (isCheckout) {
  if (!isUpToDate(outputFolder)) compileOrSayWhatIsMissing();
} else {
  const reason = whyNotPrebuilt();
  if (reason !== undefined && !isUpToDate(outputFolder)) compileOrSayWhatIsMissing(reason);
}
