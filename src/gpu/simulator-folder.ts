import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const prefix = "gpu-health-simulator-";

/**
 * A folder for the simulator's state, named after this process, so that a later one can tell whether it still runs.
 * Removes those of processes that were killed. Throws a sentence for people.
 */
export function makeSimulatorFolder(): string {
  removeStaleFolders();
  const owner = ownerOf("self");
  try {
    return mkdtempSync(join(tmpdir(), `${prefix}${owner === undefined ? "" : `${owner}-`}`));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`no place for the simulator's state: ${why}; name a directory that can be written to in TMPDIR`, {
      cause: error,
    });
  }
}

/** Never fails: what cannot be looked at or removed stays. */
function removeStaleFolders(): void {
  const namespace = pidNamespace();
  if (namespace === undefined) return;
  for (const name of namesIn(tmpdir())) {
    const [, owner, pid, itsNamespace] = folderName.exec(name) ?? [];
    // Containers may share a folder, and know nothing of each other's processes.
    if (owner === undefined || pid === undefined || itsNamespace !== namespace) continue;
    if (ownerOf(pid) === owner) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Another user's.
    }
  }
}

/** Prefix, owner (PID, PID namespace, start of the process), and what `mkdtemp` appends. */
const folderName = new RegExp(`^${prefix}(([0-9]+)\\.([0-9]+)\\.[0-9]+)-.{6}$`);

/** A PID comes again; together with the time at which its process began it does not. */
function ownerOf(pid: string): string | undefined {
  const namespace = pidNamespace();
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The program's name stands in parentheses and may have any character; the start is the 22nd field of all.
    const startedAtTicks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    const own = stat.slice(0, stat.indexOf(" "));
    return namespace === undefined || startedAtTicks === undefined
      ? undefined
      : `${own}.${namespace}.${startedAtTicks}`;
  } catch {
    return undefined;
  }
}

/** The number in `pid:[4026531836]`; undefined where there is no `/proc`. */
function pidNamespace(): string | undefined {
  try {
    return /\[([0-9]+)\]/.exec(readlinkSync("/proc/self/ns/pid"))?.[1];
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
