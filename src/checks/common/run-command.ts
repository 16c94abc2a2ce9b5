import { type ChildProcess, spawn } from "node:child_process";
import { statSync } from "node:fs";
import { oneLine } from "../../core/one-line.js";
import type { Reason } from "../reasons.js";
import { CheckError } from "../result.js";

export interface Command {
  readonly command: readonly [string, ...string[]];
  readonly cwd?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

/** How a program ended. */
export interface Exit {
  /** Null where a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The beginning of standard output and standard error, as they came. */
  readonly output: string;
}

/** A program that was still running when the signal aborted, and was killed. */
export interface Killed {
  readonly output: string;
  /** Fulfilled when the process is gone: at once as a rule, but never while a call into a driver cannot be interrupted. */
  readonly gone: Promise<void>;
}

/** As much as Docker keeps of a health check. */
const maxOutputBytes = 4096;

/**
 * Runs a program in a process group of its own. The whole group is killed when the program ends, so that nothing it left
 * behind piles up run by run, and when the signal aborts. The first 4 KiB of its output are kept.
 *
 * @throws CheckError `command_not_found`, `command_not_executable`, `directory_not_found`, `command_not_started`;
 * `timeout` when the signal aborts.
 */
export async function runCommand(command: Command, signal: AbortSignal): Promise<Exit> {
  const ending = await runUntil(command, signal, maxOutputBytes);
  if (!("gone" in ending)) return ending;
  const said = oneLine(ending.output, 500);
  const message = `${command.command[0]} was still running at the deadline and was killed${said === "" ? "" : `: ${said}`}`;
  throw new CheckError({ reason: "timeout", message });
}

/**
 * As {@link runCommand}, but keeps as much of the output as is asked for, and leaves it to the caller what it means that
 * the program was killed.
 *
 * @throws CheckError where the program cannot be started.
 */
export function runUntil(
  { command, cwd, env }: Command,
  signal: AbortSignal,
  keepBytes: number,
): Promise<Exit | Killed> {
  const [program, ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const output = new KeptOutput(child, keepBytes);
    const onAbort = () => {
      killGroup(child);
      // A grandchild in a session of its own keeps the pipes open for as long as it likes.
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ output: output.text, gone });
    };
    const gone = new Promise<void>((done) => child.once("exit", () => done()));
    signal.addEventListener("abort", onAbort, { once: true });
    child.once("error", (error) => {
      signal.removeEventListener("abort", onAbort);
      reject(startError(error, program, cwd));
    });
    child.once("exit", () => killGroup(child));
    child.once("close", (status, endedBy) => {
      signal.removeEventListener("abort", onAbort);
      resolve({ status, signal: endedBy, output: output.text });
    });
  });
}

/** The beginning of what a program says; the rest is read and dropped, or the program would wait for a reader. */
class KeptOutput {
  private readonly kept: Buffer[] = [];
  private length = 0;

  constructor(
    child: ChildProcess,
    private readonly keepBytes: number,
  ) {
    child.stdout?.on("data", (chunk: Buffer) => this.add(chunk));
    child.stderr?.on("data", (chunk: Buffer) => this.add(chunk));
  }

  get text(): string {
    return Buffer.concat(this.kept).toString("utf8");
  }

  private add(chunk: Buffer): void {
    const part = chunk.subarray(0, this.keepBytes - this.length);
    if (part.length > 0) this.kept.push(part);
    this.length += part.length;
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // ESRCH: nobody is left in the group, which is what was wanted.
  }
}

function startError(error: NodeJS.ErrnoException, program: string, cwd: string | undefined): CheckError {
  const of = (reason: Reason, message: string, remedy: string) =>
    new CheckError({ reason, message, remedy, cause: error });
  // spawn gives ENOENT and EACCES for the directory as well, and names the program all the same.
  if (cwd !== undefined && !isDirectory(cwd)) {
    return of("directory_not_found", `${program} was not started: there is no directory ${cwd}`, "correct cwd");
  }
  switch (error.code) {
    case "ENOENT":
      return of("command_not_found", `there is no program ${program}`, "give its whole path, or install it");
    case "EACCES":
      return of("command_not_executable", `no permission to run ${program}`, "make it executable for this user");
    default:
      return of("command_not_started", `${program} could not be started: ${error.message}`, "run the command by hand");
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
