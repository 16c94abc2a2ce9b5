import { readFile, stat } from "node:fs/promises";
import { oneLine } from "../../core/one-line.js";
import { CheckError } from "../result.js";
import type { ProcessStat } from "./process-stat.js";
import { ticksPerSecond } from "./process-stat.js";

export interface PidFile {
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly writtenAtMs: number;
}

/** @throws CheckError `pid_file_not_found`, `pid_file_unreadable`. */
export async function readPidFile(path: string): Promise<PidFile> {
  const [text, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]).catch((cause: unknown) => {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== "ENOENT") throw unreadable(`the pid file ${path} cannot be read: ${message}`, cause);
    const remedy = "start the service, or see where it writes its pid file";
    throw new CheckError({ reason: "pid_file_not_found", message: `there is no pid file ${path}`, remedy, cause });
  });
  // The first line is the pid; some services, such as PostgreSQL, write more after it.
  const line = text.split("\n")[0]?.trim() ?? "";
  const pid = Number(line);
  if (!/^[1-9][0-9]{0,9}$/.test(line))
    throw unreadable(`the pid file ${path} starts with no pid: ${oneLine(line, 80)}`);
  return { pid, writtenAtMs: mtimeMs };
}

const unreadable = (message: string, cause?: unknown): CheckError =>
  new CheckError({ reason: "pid_file_unreadable", message, remedy: "see what wrote it", cause });

/** A service writes its pid file after it was started; the clock may have been set a little meanwhile. */
const toleratedMs = 60_000;

/** Whether the pid now belongs to a process that started after the file was written, so that it is not the one meant. */
export const isReused = ({ writtenAtMs }: PidFile, startedAtMs: number): boolean =>
  startedAtMs - writtenAtMs > toleratedMs;

/**
 * When a process started, in milliseconds since 1970, told from this process: the kernel counts both from the start of
 * the machine. Of the two ways to know when this one started the earlier counts: they differ where the clock was set
 * since, and what is old must not look young.
 */
export function startedAtMs({ startTicks }: Pick<ProcessStat, "startTicks">, own: OwnStart): number {
  return Math.min(own.byOriginMs, own.byUptimeMs) + ((startTicks - own.startTicks) / ticksPerSecond) * 1000;
}

/** When this process started, as the clock was then and as it is now, and in the kernel's ticks. */
export interface OwnStart {
  readonly byOriginMs: number;
  readonly byUptimeMs: number;
  readonly startTicks: number;
}
