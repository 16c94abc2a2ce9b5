import { join } from "node:path";
import { CheckError } from "../result.js";
import { cgroupsAbove } from "./cgroup.js";
import { SystemFiles, type SystemRoots, wholeNumber } from "./system-files.js";

export interface MemoryUsage {
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** Where the limit is: `limit of cgroup /kubepods/pod1`, `this machine`. */
  readonly source: string;
}

const files = new SystemFiles("memory_unreadable");

/**
 * How full the memory of this process is: of all cgroup limits above it the fullest one, else the machine's.
 *
 * @throws CheckError `memory_unreadable` where /proc/meminfo lacks its fields, or a file that is there cannot be read.
 */
export function readMemoryUsage(roots: SystemRoots): MemoryUsage {
  const machine = readMachine(roots.proc);
  // A limit above what the machine has limits nothing; cgroup v1 says «none» with a number near 2^63.
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
  const text = files.read(path);
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

/** What the kernel calls the same things in the two versions of cgroups. */
interface LimitFiles {
  readonly limit: string;
  readonly used: string;
  /** In `memory.stat`: page cache that has not been used lately, of this cgroup and those below it. */
  readonly inactiveFile: string;
}

const version2: LimitFiles = { limit: "memory.max", used: "memory.current", inactiveFile: "inactive_file" };
const version1: LimitFiles = {
  limit: "memory.limit_in_bytes",
  used: "memory.usage_in_bytes",
  inactiveFile: "total_inactive_file",
};

/** Every limit from this process's cgroup up to the root of the hierarchy; none where there are no cgroups. */
function readCgroupLimits({ proc, cgroup }: SystemRoots): readonly MemoryUsage[] {
  const selfCgroup = files.readIfThere(join(proc, "self/cgroup")) ?? "";
  return [
    ...cgroupsAbove(selfCgroup, 2).flatMap((each) => readCgroupLimit(join(cgroup, each), each, version2)),
    // Where systemd and container runtimes mount the hierarchy of this controller.
    ...cgroupsAbove(selfCgroup, { controller: "memory" }).flatMap((each) =>
      readCgroupLimit(join(cgroup, "memory", each), each, version1),
    ),
  ];
}

function readCgroupLimit(directory: string, name: string, named: LimitFiles): readonly MemoryUsage[] {
  const limitBytes = wholeNumber(files.readIfThere(join(directory, named.limit)));
  const currentBytes = wholeNumber(files.readIfThere(join(directory, named.used)));
  // No file: no memory controller here, or a path outside of this container. `max`: no limit.
  if (limitBytes === undefined || limitBytes === 0 || currentBytes === undefined) return [];
  const stat = files.readIfThere(join(directory, "memory.stat")) ?? "";
  // The kubelet's working set: page cache that has not been used lately is given back before anything is killed.
  const inactiveFileBytes = Number(new RegExp(`^${named.inactiveFile} ([0-9]+)$`, "m").exec(stat)?.[1] ?? 0);
  return [{ usedBytes: Math.max(0, currentBytes - inactiveFileBytes), limitBytes, source: `limit of cgroup ${name}` }];
}
