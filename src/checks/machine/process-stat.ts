/** What /proc tells of a process; see proc_pid_stat(5), proc_pid_status(5) and proc_pid_limits(5). */

export interface ProcessStat {
  readonly pid: number;
  /** What the kernel calls it: at most 15 bytes of the program's file name, or what the process set. */
  readonly name: string;
  /** `R` running, `S` and `D` waiting, `T` and `t` stopped, `Z` a zombie, `X` gone. */
  readonly state: string;
  /** Since the machine started. A pid that is used again has another one. */
  readonly startTicks: number;
  /** User and system CPU time so far. */
  readonly cpuTicks: number;
}

/** USER_HZ: the unit of times in /proc/PID/stat, 100 on every architecture that Node has a Linux build for. */
export const ticksPerSecond = 100;

/** Undefined where the text is no such file. */
export function parseStat(text: string): ProcessStat | undefined {
  // The name stands in parentheses and may hold any of them itself.
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  const pid = Number(text.slice(0, open));
  // From the third field on.
  const fields = text
    .slice(close + 1)
    .trim()
    .split(" ");
  const field = (number: number): number => Number(fields[number - 3]);
  const [state] = fields;
  const [cpuTicks, startTicks] = [field(14) + field(15), field(22)];
  if (open < 1 || close < open || state === undefined || ![pid, cpuTicks, startTicks].every(Number.isSafeInteger)) {
    return undefined;
  }
  return { pid, name: text.slice(open + 1, close), state, startTicks, cpuTicks };
}

/** Kernel threads have no memory of their own, and so no `VmRSS`. */
export function parseStatus(text: string): { readonly residentBytes?: number; readonly threadCount?: number } {
  const residentKiB = /^VmRSS:\s+([0-9]+) kB$/m.exec(text)?.[1];
  const threads = /^Threads:\s+([0-9]+)$/m.exec(text)?.[1];
  return {
    ...(residentKiB === undefined ? {} : { residentBytes: Number(residentKiB) * 1024 }),
    ...(threads === undefined ? {} : { threadCount: Number(threads) }),
  };
}

/** The soft limit of open files: at it, nothing more can be opened. Undefined where there is none. */
export function parseOpenFileLimit(text: string): number | undefined {
  const soft = /^Max open files\s+([0-9]+|unlimited)\s/m.exec(text)?.[1];
  return soft === undefined || soft === "unlimited" ? undefined : Number(soft);
}

/** Whether a kernel's name for a process can stand for this one: it is cut after 15 bytes. */
export function mayBeNamed(kernelName: string, name: string): boolean {
  return kernelName === name || kernelName === Buffer.from(name).subarray(0, 15).toString();
}

/** Arguments of /proc/PID/cmdline, each ended by a zero byte. */
export const parseCommandLine = (text: string): readonly string[] => text.replace(/\0+$/, "").split("\0");
