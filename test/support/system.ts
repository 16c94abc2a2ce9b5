import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach } from "vitest";
import type { SystemRoots } from "../../src/checks/machine/system-files.js";

const directories: string[] = [];

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** A system as the kernel shows it, with these files: `proc/…`, `sys/…` and `cgroup/…`. Gone after the test. */
export function fakeSystem(files: Readonly<Record<string, string>>): SystemRoots {
  const directory = mkdtempSync(join(tmpdir(), "system-"));
  directories.push(directory);
  const roots = { proc: join(directory, "proc"), sys: join(directory, "sys"), cgroup: join(directory, "cgroup") };
  writeSystemFiles(roots, files);
  return roots;
}

/** Adds files to it, or changes them. */
export function writeSystemFiles(roots: SystemRoots, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    const file = join(dirname(roots.proc), path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}
