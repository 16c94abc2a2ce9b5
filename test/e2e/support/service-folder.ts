import { chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** Debian's «nobody», whom no file belongs to. */
const nobody = 65_534;
const isRoot = process.getuid?.() === 0;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder for the data of a server that a test starts as {@link unprivileged}. Deleted after the last test. */
export function serviceFolder(name: string): string {
  const parent = mkdtempSync(join(tmpdir(), "gpu-health-service-"));
  folders.push(parent);
  const folder = join(parent, name);
  mkdirSync(folder, { mode: 0o700 });
  ownByService(parent);
  ownByService(folder);
  return folder;
}

/** Gives a file to the user that {@link unprivileged} programs run as. */
export function ownByService(path: string): void {
  if (isRoot) chownSync(path, nobody, nobody);
}

/** How to start a program that refuses to run as root: as a user without any rights where this is root. */
export function unprivileged(program: string, args: readonly string[]): readonly [string, readonly string[]] {
  if (!isRoot) return [program, args];
  return ["setpriv", [`--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", program, ...args]];
}
