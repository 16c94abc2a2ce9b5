import { readFileSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { lost, present, type Reading, unsupported } from "../../core/result.js";
import { CheckError } from "../result.js";
import { type ProcessStat, parseCommandLine, parseOpenFileLimit, parseStat, parseStatus } from "./process-stat.js";

/** A process and what it uses. */
export interface ProcessLook extends ProcessStat {
  readonly residentBytes: Reading<number>;
  readonly threadCount: Reading<number>;
  /** `lost` where this user may not see the files of that process. */
  readonly openFileCount: Reading<number>;
  /** `unsupported` where there is no limit. */
  readonly openFileLimit: Reading<number>;
}

/** Undefined where there is no such process. */
export function readStat(proc: string, pid: number): ProcessStat | undefined {
  const text = readIfAlive(join(proc, String(pid), "stat"));
  if (text === undefined) return undefined;
  const parsed = parseStat(text);
  if (parsed !== undefined) return parsed;
  const message = `${join(proc, String(pid), "stat")} is not as expected: ${JSON.stringify(text.slice(0, 200))}`;
  throw new CheckError({ reason: "process_unreadable", message });
}

/** Undefined where the process is gone, or ends while it is looked at. */
export async function lookAt(proc: string, pid: number): Promise<ProcessLook | undefined> {
  const directory = join(proc, String(pid));
  const before = readStat(proc, pid);
  if (before === undefined) return undefined;
  const { residentBytes, threadCount } = parseStatus(readIfAlive(join(directory, "status")) ?? "");
  const limit = parseOpenFileLimit(readIfAlive(join(directory, "limits")) ?? "");
  const openFileCount = await countOpenFiles(join(directory, "fd"));
  // Another process may have got the pid meanwhile: what was read would be of both.
  if (readStat(proc, pid)?.startTicks !== before.startTicks) return undefined;
  return {
    ...before,
    residentBytes: residentBytes === undefined ? unsupported : present(residentBytes),
    threadCount: threadCount === undefined ? lost : present(threadCount),
    openFileCount,
    openFileLimit: limit === undefined ? unsupported : present(limit),
  };
}

/**
 * The arguments of a process; empty where it has none (a kernel thread), is gone, or may not be looked at. Off the event
 * loop: the kernel waits for a lock on the memory of the process, which one that hangs may hold for ever.
 */
export async function readCommandLine(proc: string, pid: number): Promise<readonly string[]> {
  return parseCommandLine(await readFile(join(proc, String(pid), "cmdline"), "utf8").catch(() => ""));
}

/** Since Linux 6.2 the size of the directory; before that each of them has to be listed. */
async function countOpenFiles(directory: string): Promise<Reading<number>> {
  try {
    const { size } = await stat(directory);
    return present(size > 0 ? size : (await readdir(directory)).length);
  } catch {
    return lost;
  }
}

/** How the system says that the process has ended. */
const gone: ReadonlySet<string> = new Set(["ENOENT", "ESRCH"]);

/** At once and without waiting: these files wait for no lock that a hung process holds. */
function readIfAlive(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const { code = "", message } = cause as NodeJS.ErrnoException;
    if (gone.has(code)) return undefined;
    throw new CheckError({ reason: "process_unreadable", message: `${path} cannot be read: ${message}`, cause });
  }
}
