// Builds and runs the native tests: with AddressSanitizer and UndefinedBehaviorSanitizer, with ThreadSanitizer, and the
// start/stop cycles under valgrind. What is missing is skipped with a line that says how to install it; with CI=true
// that is a failure.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const jobs = String(availableParallelism());

function isOnPath(program) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}

/** Runs a step; its output is shown when it fails. */
function run(title, program, args) {
  const startedAtMs = performance.now();
  const result = spawnSync(program, args, { cwd: root, encoding: "utf8", maxBuffer: 256 * 1024 * 1024 });
  if (result.status !== 0) {
    console.error(`${result.stdout ?? ""}${result.stderr ?? ""}`);
    console.error(`native tests: ${title} failed (${result.error?.message ?? `exit ${result.status}`})`);
    process.exit(1);
  }
  console.log(`native tests: ${title}: passed in ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
}

function skip(missing) {
  const message = `native tests: skipped: ${missing} (Debian: apt-get install g++ cmake ninja-build libgtest-dev valgrind)`;
  console.error(message);
  process.exit(process.env.CI === "true" ? 1 : 0);
}

function build(folder, sanitize, target = "all") {
  const generator = isOnPath("ninja") ? ["-G", "Ninja"] : [];
  const options = [
    "-DGPU_HEALTH_TESTS=ON",
    "-DCMAKE_BUILD_TYPE=Release",
    `-DGPU_HEALTH_SANITIZE=${sanitize}`,
    // Several files are compiled as one, which takes half the time: most of it goes into headers.
    "-DCMAKE_UNITY_BUILD=ON",
  ];
  run(`configure ${folder}`, "cmake", ["-S", root, "-B", folder, ...generator, ...options]);
  run(`build ${folder}`, "cmake", ["--build", folder, "--parallel", jobs, "--target", target]);
}

function test(folder, filter = []) {
  run(`run ${folder}`, "ctest", ["--test-dir", folder, "--output-on-failure", "--parallel", jobs, ...filter]);
}

if (!isOnPath("cmake") || !(isOnPath("g++") || isOnPath("clang++"))) skip("a C++ compiler and CMake are needed");
if (!["/usr/include/gtest/gtest.h", "/usr/local/include/gtest/gtest.h"].some(existsSync)) skip("GoogleTest is needed");

build("build/asan", "address;undefined");
test("build/asan");

// The parts with threads; the rest has run above.
build("build/tsan", "thread");
test("build/tsan", ["--tests-regex", "Sampler|Simulator|CallingThread|Restart|Events|DriverGate"]);

if (!isOnPath("valgrind")) skip("valgrind is needed");
build("build/plain", "", "gpu_health_sampler_tests");
run("start/stop cycles under valgrind", "valgrind", [
  "--leak-check=full",
  "--errors-for-leak-kinds=definite,indirect,possible",
  "--error-exitcode=9",
  "build/plain/test/native/gpu_health_sampler_tests",
  "--gtest_filter=Sampler.StartAndStopLeaveNothingBehind",
]);
