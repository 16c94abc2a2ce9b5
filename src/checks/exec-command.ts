import { type ChildProcess, spawn } from "node:child_process";
import { statSync } from "node:fs";
import { CheckError } from "../core/check.js";
import { oneLine } from "./one-line.js";

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
  /** The first 4 KiB of standard output and standard error, as they came. */
  readonly output: string;
}

/** As much as Docker keeps of a health check. */
const maxOutputBytes = 4096;

/**
 * Runs a program in a process group of its own. The whole group is killed when the program ends, so that nothing it left
 * behind piles up run by run, and when the signal aborts.
 *
 * @throws CheckError `command_not_found`, `command_not_executable`, `directory_not_found`, `command_not_started`;
 * `timeout` when the signal aborts.
 */
export function runCommand({ command, cwd, env }: Command, signal: AbortSignal): Promise<Exit> {
  const [program, ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const output = new KeptOutput(child);
    const onAbort = () => {
      killGroup(child);
      // A grandchild in a session of its own keeps the pipes open for as long as it likes.
      child.stdout.destroy();
      child.stderr.destroy();
      const said = oneLine(output.text, 500);
      const message = `${program} was still running at the deadline and was killed${said === "" ? "" : `: ${said}`}`;
      reject(new CheckError({ reason: "timeout", message }));
    };
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

  constructor(child: ChildProcess) {
    child.stdout?.on("data", (chunk: Buffer) => this.add(chunk));
    child.stderr?.on("data", (chunk: Buffer) => this.add(chunk));
  }

  get text(): string {
    return Buffer.concat(this.kept).toString("utf8");
  }

  private add(chunk: Buffer): void {
    const part = chunk.subarray(0, maxOutputBytes - this.length);
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
  const of = (reason: string, message: string, remedy: string) =>
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
