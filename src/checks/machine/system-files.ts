import { readFileSync } from "node:fs";
import type { Reason } from "../reasons.js";
import { CheckError } from "../result.js";

/** Where the kernel shows itself; tests put fixtures there. */
export interface SystemRoots {
  readonly proc: string;
  readonly sys: string;
  readonly cgroup: string;
}

export const systemRoots: SystemRoots = { proc: "/proc", sys: "/sys", cgroup: "/sys/fs/cgroup" };

/**
 * Reads files of the kernel at once and without waiting: they touch no disk, take some ten microseconds, and the thread
 * pool may be held by a file system that hangs. Not for files that may be long or that wait for a process, such as
 * /proc/PID/cmdline.
 */
export class SystemFiles {
  /** `reason` is that of the errors where a file cannot be read. */
  constructor(private readonly reason: Reason) {}

  /** @throws CheckError where it cannot be read. */
  read(path: string): string {
    try {
      return readFileSync(path, "utf8");
    } catch (cause) {
      throw this.unreadable(path, cause);
    }
  }

  /**
   * Undefined where the kernel has no such file for this process.
   *
   * @throws CheckError where it is there and cannot be read.
   */
  readIfThere(path: string): string | undefined {
    try {
      return readFileSync(path, "utf8");
    } catch (cause) {
      if (absent.has((cause as NodeJS.ErrnoException).code ?? "")) return undefined;
      throw this.unreadable(path, cause);
    }
  }

  private unreadable(path: string, cause: unknown): CheckError {
    const why = cause instanceof Error ? cause.message : String(cause);
    return new CheckError({ reason: this.reason, message: `${path} cannot be read: ${why}`, cause });
  }
}

/**
 * How the system says that there is no such file for this process. EOPNOTSUPP: pressure stalls that are switched off.
 * Anything else, such as EMFILE, would hide a limit.
 */
const absent: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ENODEV", "EOPNOTSUPP", "EACCES", "EPERM"]);

/** The number in a file that holds a single one; undefined for a word such as `max`. */
export function wholeNumber(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? "";
  return /^[0-9]+$/.test(trimmed) ? Number(trimmed) : undefined;
}
