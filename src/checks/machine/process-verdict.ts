import { healthy, lost, present, type Reading, unsupported } from "../../core/result.js";
import { formatAgainst, formatBytes, formatDuration, formatPercent } from "../../core/units.js";
import type { Reason } from "../reasons.js";
import type { Result } from "../result.js";
import type { ProcessLook } from "./process-look.js";

export interface ProcessLimits {
  readonly minCount: number;
  readonly maxCpuCores?: number | undefined;
  /** Bytes. */
  readonly maxMemory?: number | undefined;
  readonly maxThreads?: number | undefined;
  /** 0 to 1. */
  readonly maxOpenFilesUsed?: number | undefined;
}

/** All that was found at one look. */
export interface Found {
  /** What was looked for: `process nginx`, `main process of nginx.service`. */
  readonly label: string;
  readonly processes: readonly ProcessLook[];
  readonly cpuCores: Reading<number>;
  /** Of the youngest process; lost where this process cannot tell. */
  readonly ageMs: Reading<number>;
}

/** No more pids than a person reads. */
const maxPids = 10;

export function judgeProcesses({ label, processes, cpuCores, ageMs }: Found, limits: ProcessLimits): Result {
  const alive = processes.filter(({ state }) => state !== "Z" && state !== "X");
  const residentBytes = sum(alive.map((each) => each.residentBytes));
  const threadCount = sum(alive.map((each) => each.threadCount));
  const openFilesUsed = highest(alive.map(openFilesUsedRatio));
  const base = {
    readings: {
      processCount: present(alive.length),
      cpuCores,
      residentBytes,
      threadCount,
      openFileCount: sum(alive.map((each) => each.openFileCount)),
      openFilesUsedRatio: openFilesUsed,
      ageSeconds: ageMs.ok ? present(ageMs.value / 1000) : ageMs,
    },
    metadata: { pids: pidsOf(alive) },
  };
  const unhealthy = (reason: Reason, message: string, remedy: string): Result => {
    return { status: "unhealthy", reason, message, remedy, ...base };
  };
  const pids = base.metadata.pids;

  if (alive.length === 0) {
    // Nothing runs that could have figures.
    const none = { readings: { processCount: present(0) } };
    if (processes.length > 0) {
      const message = `${label} has ended, and its parent has not taken note (zombie, pid ${pidsOf(processes)})`;
      const remedy = "see the parent process; in a container, run an init (docker run --init) that reaps processes";
      return { status: "unhealthy", reason: "process_zombie", message, remedy, ...none };
    }
    const message = `there is no ${label}`;
    return { status: "unhealthy", reason: "process_not_running", message, remedy: notFound, ...none };
  }
  if (alive.length < limits.minCount) {
    const message = `${alive.length} of ${label}, ${limits.minCount} needed (pid ${pids})`;
    return unhealthy("too_few_processes", message, "see the log of the service: some of its processes have ended");
  }
  const stopped = alive.filter(({ state }) => state === "T" || state === "t");
  if (stopped.length > 0) {
    const message = `${label} is stopped (pid ${pidsOf(stopped)})`;
    return unhealthy("process_stopped", message, "kill -CONT lets it go on; a debugger may hold it");
  }
  const over = overLimit({ cpuCores, residentBytes, threadCount, openFilesUsed }, limits);
  if (over === "unreadable") {
    const message = `this user may not see the open files of ${label} (pid ${pids}), so maxOpenFilesUsed cannot be judged`;
    const remedy = "run gpu-health as the same user, or with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH";
    return unhealthy("process_unreadable", message, remedy);
  }
  if (over !== undefined) return unhealthy(over.reason, `${label} ${over.found} (pid ${pids})`, over.remedy);
  const age = ageMs.ok ? ` for ${formatDuration(ageMs.value)}` : "";
  const memory = residentBytes.ok ? `, ${formatBytes(residentBytes.value)} of memory` : "";
  const runs = alive.length === 1 ? `runs${age}` : `runs ${alive.length} times, the last one${age}`;
  return { ...healthy(`${label} ${runs} (pid ${pids})${memory}`), ...base };
}

const notFound =
  "start it, or see its log; in a container only processes of the same pod are seen, and those only with a shared process namespace";

interface Usage {
  readonly cpuCores: Reading<number>;
  readonly residentBytes: Reading<number>;
  readonly threadCount: Reading<number>;
  readonly openFilesUsed: Reading<number>;
}

/** A limit that is exceeded: `found` is the end of a sentence on the processes. */
interface Excess {
  readonly reason: Reason;
  readonly found: string;
  readonly remedy: string;
}

function overLimit(usage: Usage, limits: ProcessLimits): Excess | "unreadable" | undefined {
  const { cpuCores, residentBytes, threadCount, openFilesUsed } = usage;
  const { maxCpuCores, maxMemory, maxThreads, maxOpenFilesUsed } = limits;
  if (maxOpenFilesUsed !== undefined && !openFilesUsed.ok && openFilesUsed.why === "lost") return "unreadable";
  if (maxOpenFilesUsed !== undefined && openFilesUsed.ok && openFilesUsed.value > maxOpenFilesUsed) {
    const [used, allowed] = formatAgainst(openFilesUsed.value, maxOpenFilesUsed, formatPercent);
    const found = `has ${used} of the files open that it may open, ${allowed} allowed`;
    const remedy = "find what it leaves open (ls /proc/PID/fd), or raise its limit (ulimit -n, LimitNOFILE=)";
    return { reason: "too_many_open_files", found, remedy };
  }
  if (maxMemory !== undefined && residentBytes.ok && residentBytes.value > maxMemory) {
    const [used, allowed] = formatAgainst(residentBytes.value, maxMemory, formatBytes);
    return { reason: "too_much_memory", found: `has ${used} of memory, ${allowed} allowed`, remedy: restart };
  }
  if (maxThreads !== undefined && threadCount.ok && threadCount.value > maxThreads) {
    const found = `has ${threadCount.value} threads, ${maxThreads} allowed`;
    return { reason: "too_many_threads", found, remedy: restart };
  }
  if (maxCpuCores !== undefined && cpuCores.ok && cpuCores.value > maxCpuCores) {
    const [used, allowed] = formatAgainst(cpuCores.value, maxCpuCores, formatCores);
    const found = `used ${used} cores since the last look, ${allowed} allowed`;
    return { reason: "too_much_cpu", found, remedy: "see with top -H and a profiler what computes" };
  }
  return undefined;
}

const restart = "see whether it grows without an end, and restart it before it takes the machine with it";

const formatCores = (value: number, decimals: number): string => String(Number(value.toFixed(decimals)));

const openFilesUsedRatio = ({ openFileCount, openFileLimit }: ProcessLook): Reading<number> => {
  if (!openFileLimit.ok) return openFileLimit;
  if (!openFileCount.ok) return openFileCount;
  return openFileLimit.value > 0 ? present(openFileCount.value / openFileLimit.value) : unsupported;
};

/** A sum that lacks a part would be too small: then there is none. */
function sum(readings: readonly Reading<number>[]): Reading<number> {
  const absent = readings.find(({ ok }) => !ok);
  return absent ?? present(readings.reduce((total, each) => total + (each.ok ? each.value : 0), 0));
}

function highest(readings: readonly Reading<number>[]): Reading<number> {
  const values = readings.flatMap((each) => (each.ok ? [each.value] : []));
  if (readings.some((each) => !each.ok && each.why === "lost")) return lost;
  return values.length === 0 ? unsupported : present(Math.max(...values));
}

function pidsOf(processes: readonly ProcessLook[]): string {
  const pids = processes.slice(0, maxPids).map(({ pid }) => pid);
  const more = processes.length - pids.length;
  return pids.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
