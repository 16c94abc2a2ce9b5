import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new folder that goes when this process ends, however it ends in order. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), "gpu-health-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
