import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type Addon, loadAddon } from "../../src/gpu/addon.js";

/** The native part; the tests of it fail where it is not built. */
export function addon(): Addon {
  const loaded = loadAddon();
  if (!loaded.ok) throw new Error(loaded.message);
  return loaded.addon;
}

/** The state that the simulated library of this process, or of a child that is given `env`, follows. */
export class StateFile {
  private readonly folder = mkdtempSync(join(tmpdir(), "gpu-health-native-"));
  readonly path = join(this.folder, "state.conf");
  readonly env = { NVML_SIMULATOR_STATE: this.path };

  constructor(...lines: readonly string[]) {
    this.write(...lines);
    files.add(this);
  }

  /** Replaced by renaming, so that the library never reads half of it. */
  write(...lines: readonly string[]): void {
    writeFileSync(`${this.path}.new`, `${lines.join("\n")}\n`);
    renameSync(`${this.path}.new`, this.path);
  }

  /** Makes it the one of this process, for samplers that are constructed from now on. */
  use(): this {
    process.env.NVML_SIMULATOR_STATE = this.path;
    return this;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const files = new Set<StateFile>();
afterAll(() => {
  for (const file of files) file.remove();
});
