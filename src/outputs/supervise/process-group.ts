import { type ChildProcess, spawn } from "node:child_process";
import { fstatSync } from "node:fs";
import type { Clock } from "../../core/clock.js";
import type { Command } from "../../core/supervision.js";
import { passOn } from "./pass-on.js";

export interface GroupOptions {
  readonly command: Command;
  readonly cwd?: string | undefined;
  /** Added to this process's environment. */
  readonly env: Readonly<Record<string, string>>;
}

const pollMs = 50;

/** A program in a process group of its own, with all that it starts and that stays in the group. */
export class ProcessGroup {
  /** How it ended, in words: `exit code 3`, `signal SIGSEGV`. Never rejected. */
  readonly ended: Promise<string>;
  private readonly pid: number;

  private constructor(
    child: ChildProcess,
    private readonly clock: Clock,
  ) {
    this.pid = child.pid ?? 0;
    this.ended = new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
    });
  }

  /** Rejects with a sentence where the program cannot be started. What it writes goes where ours goes. */
  static start({ command, cwd, env }: GroupOptions, clock: Clock): Promise<ProcessGroup> {
    const [program, ...args] = command;
    const output = ([1, 2] as const).map((fd) => (isStream(fd) ? "pipe" : "inherit"));
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, {
        ...(cwd === undefined ? {} : { cwd }),
        env: { ...process.env, ...env },
        stdio: ["ignore", ...output],
        detached: true,
      });
      if (child.stdout !== null) passOn(child.stdout, process.stdout);
      if (child.stderr !== null) passOn(child.stderr, process.stderr);
      child.once("error", ({ message }) => reject(new Error(`${program} cannot be started: ${message}`)));
      child.once("spawn", () => resolve(new ProcessGroup(child, clock)));
    });
  }

  get processId(): number {
    return this.pid;
  }

  /** To every process of the group; without effect where none is left. */
  signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // ESRCH: nobody is left, which is what was wanted.
    }
  }

  /** SIGTERM, and SIGKILL for what is left of the group after `deadlineMs`. Resolves when the program has ended. */
  async end(deadlineMs: number): Promise<void> {
    const killAtMs = this.clock.nowMs() + deadlineMs;
    this.signal("SIGTERM");
    while (this.isAlive() && this.clock.nowMs() < killAtMs) {
      await new Promise<void>((resolve) => this.clock.schedule(pollMs, resolve));
    }
    this.signal("SIGKILL");
    await this.ended;
  }

  private isAlive(): boolean {
    try {
      process.kill(-this.pid, 0);
      return true;
    } catch {
      return false;
    }
  }
}

/**
 * Node makes pipes and sockets that it writes to itself non-blocking, for everybody who has them: a program that
 * inherited one would lose what it writes while nobody reads.
 */
function isStream(fileDescriptor: number): boolean {
  try {
    const stat = fstatSync(fileDescriptor);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false;
  }
}
