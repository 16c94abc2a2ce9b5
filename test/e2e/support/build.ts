import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { inRepository, simulatorPath } from "./paths.js";

/** The times of a file, or of all files below a folder, in ms. */
function timesMs(name: string): readonly number[] {
  const path = inRepository(name);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (!stats.isDirectory()) return [stats.mtimeMs];
  return readdirSync(path).flatMap((entry) => timesMs(join(name, entry)));
}

function isUpToDate(): boolean {
  const sources = ["src", "scripts", "proto", "package.json", "package-lock.json", "tsconfig.json"].flatMap(timesMs);
  const built = ["dist/program", "dist/exports"].flatMap(timesMs);
  return built.length > 0 && Math.min(...built) > Math.max(...sources);
}

/** Vitest's global set-up: builds the program once if a source is newer, so that the end-to-end tests never meet
 *  yesterday's. */
export function setup(): void {
  if (!isUpToDate()) {
    execFileSync("npm", ["run", "--silent", "build"], { cwd: inRepository("."), stdio: "inherit" });
  }
  if (!existsSync(simulatorPath)) {
    throw new Error(
      `${simulatorPath} is missing: run \`bash scripts/test-tools.sh\` and \`npm ci\` to build the native part`,
    );
  }
}
