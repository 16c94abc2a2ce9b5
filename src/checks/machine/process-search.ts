import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import { setImmediate } from "node:timers/promises";
import { CheckError } from "../result.js";
import { readCommandLine, readStat } from "./process-look.js";
import { mayBeNamed } from "./process-stat.js";

/** Reading so many takes about a millisecond; then the event loop has its turn. */
const processesAtOnce = 50;

/**
 * The pids of all processes with this name, and with this text in their command line where one is given. Without this
 * process itself.
 */
export async function findByName(
  proc: string,
  name: string,
  commandLineText: string | undefined,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const pids = await allPids(proc);
  const found: number[] = [];
  for (const [index, pid] of pids.entries()) {
    if (index % processesAtOnce === 0) {
      await setImmediate();
      signal.throwIfAborted();
    }
    if (pid !== process.pid && (await isNamed(proc, pid, name, commandLineText))) found.push(pid);
  }
  return found;
}

/** Whether the process bears the name; false where it is gone. */
export async function isNamed(proc: string, pid: number, name: string, commandLineText?: string): Promise<boolean> {
  const kernelName = readStat(proc, pid)?.name;
  if (kernelName === undefined || !mayBeNamed(kernelName, name)) return false;
  if (kernelName === name && commandLineText === undefined) return true;
  const [program = "", ...rest] = await readCommandLine(proc, pid);
  if (kernelName !== name && basename(program) !== name) return false;
  return [program, ...rest].join(" ").includes(commandLineText ?? "");
}

async function allPids(proc: string): Promise<readonly number[]> {
  const entries = await readdir(proc).catch((cause: unknown) => {
    const message = `${proc} cannot be listed: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new CheckError({ reason: "process_unreadable", message, cause });
  });
  return entries.filter((entry) => /^[0-9]+$/.test(entry)).map(Number);
}
