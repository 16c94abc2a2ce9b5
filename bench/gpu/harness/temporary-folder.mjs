import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders = [];
process.once("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new folder that goes when this process ends, however it ends in order. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), "gpu-health-bench-"));
  folders.push(folder);
  return folder;
}
