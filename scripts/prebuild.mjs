// Builds the native part for linux-x64 so that every system with glibc 2.28 or newer can load it (RHEL 8, Debian 10,
// Ubuntu 20.04, and what Node 20 itself needs), into prebuilds/, which `npm pack` takes along. The compiler is zig: it
// links against the symbols of whichever glibc it is told, and brings a C++ library that goes into each binary.
// Environment: ZIG, the path of a zig; without it the pinned one is installed from PyPI into .tools/.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beyondGlibc, parseNeeds } from "./linked-versions.mjs";
import { compile, isUpToDate, parts, root } from "./native-build.mjs";

const zigVersion = "0.17.1";
/** The oldest glibc that Node 20's own builds run on. */
const glibc = [2, 28];
const outputFolder = join(root, "prebuilds/linux-x64");

/** The path of zig. */
function zig() {
  if (process.env.ZIG) return process.env.ZIG;
  const environment = join(root, ".tools/zig");
  const python = join(environment, "bin/python");
  const requirement = `ziglang==${zigVersion}`;
  if (!existsSync(python)) execFileSync("python3", ["-m", "venv", environment], { stdio: "inherit" });
  execFileSync(python, ["-m", "pip", "install", "--quiet", requirement], { stdio: "inherit" });
  const find = "import pathlib, ziglang; print(pathlib.Path(ziglang.__file__).parent / 'zig')";
  return execFileSync(python, ["-c", find], { encoding: "utf8" }).trim();
}

/** Builds into a folder of its own, so that a build that failed leaves nothing that could be packed. */
function build() {
  const folder = mkdtempSync(join(tmpdir(), "gpu-health-prebuild-"));
  try {
    const built = join(folder, "output");
    const strip = "-s";
    const result = compile({
      buildFolder: join(folder, "cmake"),
      outputFolder: built,
      settings: {
        CMAKE_CXX_COMPILER: [zig(), "c++", "-target", `x86_64-linux-gnu.${glibc.join(".")}`].join(";"),
        CMAKE_EXE_LINKER_FLAGS: strip,
        CMAKE_MODULE_LINKER_FLAGS: strip,
        CMAKE_SHARED_LINKER_FLAGS: strip,
      },
    });
    if (!result.ok) throw new Error(`the native part could not be compiled:\n${result.output}`);
    for (const part of parts) check(join(built, part));
    rmSync(outputFolder, { recursive: true, force: true });
    // The links without a version are for linkers, and npm packs no links.
    cpSync(built, outputFolder, { recursive: true, filter: (path) => !path.endsWith(".so") });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function check(path) {
  const text = execFileSync("readelf", ["--wide", "--dynamic", "--version-info", path], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
    maxBuffer: 16 * 1024 * 1024,
  });
  const excess = beyondGlibc(parseNeeds(text), glibc);
  if (excess.length > 0) throw new Error(`${path} needs more than glibc ${glibc.join(".")}: ${excess.join(", ")}`);
}

if (!isUpToDate(outputFolder)) build();
for (const part of parts) console.log(`${join(outputFolder, part)}: ${statSync(join(outputFolder, part)).size} bytes`);
