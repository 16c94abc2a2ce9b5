import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { inRepository, simulatorPath } from "./paths.js";

/** Vitest's global set-up: builds the program once, so that the end-to-end tests never meet yesterday's. */
export function setup(): void {
  execFileSync("npm", ["run", "--silent", "build"], { cwd: inRepository("."), stdio: "inherit" });
  if (!existsSync(simulatorPath)) {
    throw new Error(
      `${simulatorPath} is missing: run \`bash scripts/test-tools.sh\` and \`npm ci\` to build the native part`,
    );
  }
}
