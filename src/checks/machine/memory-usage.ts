import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CheckError } from "../../core/check.js";

export interface MemoryUsage {
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** Where the limit is: `limit of cgroup /kubepods/pod1`, `this machine`. */
  readonly source: string;
}

/** Where the kernel shows itself; tests put fixtures there. */
export interface SystemRoots {
  readonly proc: string;
  readonly cgroup: string;
}

export const systemRoots: SystemRoots = { proc: "/proc", cgroup: "/sys/fs/cgroup" };

/**
 * How full the memory of this process is: of all cgroup v2 limits above it the fullest one, else the machine's. Reads a
 * few files of the kernel at once and without waiting: they touch no disk, and the thread pool may be held by one that
 * hangs.
 *
 * @throws CheckError `memory_unreadable` where /proc/meminfo lacks its fields, or a file that is there cannot be read.
 */
export function readMemoryUsage(roots: SystemRoots): MemoryUsage {
  const machine = readMachine(roots.proc);
  // A limit above what the machine has limits nothing.
  const limits = readCgroupLimits(roots).filter(({ limitBytes }) => limitBytes < machine.limitBytes);
  return limits.reduce<MemoryUsage>(
    (fullest, each) => (share(each) > share(fullest) ? each : fullest),
    limits[0] ?? machine,
  );
}

const share = ({ usedBytes, limitBytes }: MemoryUsage): number => usedBytes / limitBytes;

/** MemTotal and MemAvailable (proc(5)): the kernel's own estimate of what programs can still have without swapping. */
function readMachine(procRoot: string): MemoryUsage {
  const path = join(procRoot, "meminfo");
  const text = read(path);
  const totalBytes = kibibytes(text, "MemTotal");
  const availableBytes = kibibytes(text, "MemAvailable");
  if (totalBytes === undefined || availableBytes === undefined) {
    const message = `${path} has no MemTotal and MemAvailable`;
    throw new CheckError({ reason: "memory_unreadable", message, remedy: "mount the kernel's /proc in the container" });
  }
  return { usedBytes: totalBytes - availableBytes, limitBytes: totalBytes, source: "this machine" };
}

function kibibytes(meminfo: string, field: string): number | undefined {
  const digits = new RegExp(`^${field}:\\s+([0-9]+) kB$`, "m").exec(meminfo)?.[1];
  return digits === undefined ? undefined : Number(digits) * 1024;
}

/** Every limit from this process's cgroup up to the root of the hierarchy; none where there is no cgroup v2. */
function readCgroupLimits({ proc, cgroup }: SystemRoots): readonly MemoryUsage[] {
  // The one line with hierarchy 0 is cgroup v2 (cgroups(7)). Seen from a cgroup namespace the path may start with /..
  const path = /^0::(.*)$/m.exec(readIfThere(join(proc, "self/cgroup")) ?? "")?.[1];
  if (path === undefined) return [];
  return withAncestors(join("/", path)).flatMap((each) => readCgroupLimit(join(cgroup, each), each));
}

function readCgroupLimit(directory: string, name: string): readonly MemoryUsage[] {
  const limitBytes = wholeNumber(readIfThere(join(directory, "memory.max")));
  const currentBytes = wholeNumber(readIfThere(join(directory, "memory.current")));
  // No file: no memory controller here. `max`: no limit.
  if (limitBytes === undefined || limitBytes === 0 || currentBytes === undefined) return [];
  const stat = readIfThere(join(directory, "memory.stat")) ?? "";
  // The kubelet's working set: page cache that has not been used lately is given back before anything is killed.
  const inactiveFileBytes = Number(/^inactive_file ([0-9]+)$/m.exec(stat)?.[1] ?? 0);
  return [{ usedBytes: Math.max(0, currentBytes - inactiveFileBytes), limitBytes, source: `limit of cgroup ${name}` }];
}

/** `/a/b` gives `/a/b`, `/a` and `/`. */
function withAncestors(path: string): readonly string[] {
  const parts = path.split("/").filter((part) => part !== "");
  return [...parts.map((_, index) => `/${parts.slice(0, parts.length - index).join("/")}`), "/"];
}

function wholeNumber(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? "";
  return /^[0-9]+$/.test(trimmed) ? Number(trimmed) : undefined;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** How the system says that there is no such file for this process. Anything else, such as EMFILE, hides a limit. */
const absent: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ENODEV", "EACCES", "EPERM"]);

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if (absent.has((cause as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): CheckError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CheckError({ reason: "memory_unreadable", message: `${path} cannot be read: ${why}`, cause });
}
