// The two Go programs of the bench, built once into .tools/ and again whenever their sources change.

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const benchFolder = fileURLToPath(new URL("..", import.meta.url));
const toolsFolder = fileURLToPath(new URL("../../.tools/bench/", import.meta.url));

export const loadProgram = `${toolsFolder}load`;
export const grpcGoProgram = `${toolsFolder}grpc-go`;

/** Builds what is missing or out of date (Go's build cache decides). Throws with what to install. */
export function buildTools() {
  requireProgram("taskset", ["--version"], "util-linux (Debian: apt-get install util-linux)");
  requireProgram("go", ["version"], "Go, at least the version in bench/go.mod (see go.dev/dl)");
  mkdirSync(toolsFolder, { recursive: true });
  execFileSync("go", ["build", "-o", toolsFolder, "./load", "./peers/grpc-go"], {
    cwd: benchFolder,
    stdio: ["ignore", "inherit", "inherit"],
  });
}

function requireProgram(program, versionArguments, whatToInstall) {
  try {
    execFileSync(program, versionArguments, { stdio: "ignore" });
  } catch (cause) {
    throw new Error(`The bench needs ${program}, which does not run here: install ${whatToInstall}.`, { cause });
  }
}
