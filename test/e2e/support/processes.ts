import { type ChildProcess, spawn } from "node:child_process";
import { afterAll } from "vitest";
import { deadlineMs, eventually } from "./eventually.js";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface StartOptions {
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** All that it reads on standard input; without it standard input stays open, for {@link RunningProcess.send}. */
  readonly input?: string;
}

/** A child process that runs beside the test. Whatever is left of it is killed after the last test of the file. */
export class RunningProcess {
  stdout = "";
  stderr = "";
  /** Fulfilled when the process has ended and its output is complete. Never rejected. */
  readonly exited: Promise<Exit>;
  private exit: Exit | undefined;

  constructor(
    readonly description: string,
    private readonly child: ChildProcess,
  ) {
    running.add(this);
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.exited = new Promise((resolve) => {
      const ended = (exit: Exit): void => {
        this.exit = exit;
        running.delete(this);
        resolve(exit);
      };
      child.once("error", (error) => {
        this.stderr += `${error.message}\n`;
        ended({ code: null, signal: null });
      });
      // After «exit», and after the last of the output was read.
      child.once("close", (code: number | null, signal: NodeJS.Signals | null) => ended({ code, signal }));
    });
  }

  get hasExited(): boolean {
    return this.exit !== undefined;
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`${this.description} was not started: ${this.stderr}`);
    return this.child.pid;
  }

  /** Every complete line of standard output so far. */
  lines(): readonly string[] {
    return this.stdout.split("\n").slice(0, -1);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Repeats `look` until it gives something. Fails at once when the process ends, and at the deadline. */
  async until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
    const found = await eventually(async () => {
      if (this.hasExited) return undefined;
      const value = await look();
      if (value === undefined) throw new Error(`nothing yet from ${this.describe()}`);
      return value;
    });
    if (found === undefined) throw new Error(`it ended: ${this.describe()}`);
    return found;
  }

  /** Writes one line to its standard input. */
  send(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  /** Leaves its standard output in the pipe until it ends, as a log collector does that hangs. */
  stopReading(): void {
    this.child.stdout?.pause();
    this.child.once("exit", () => this.child.stdout?.resume());
  }

  /** Waits for the end; past the deadline it kills the process and fails. */
  async end(withinMs = deadlineMs): Promise<Exit> {
    const late = setTimeout(() => this.signal("SIGKILL"), withinMs);
    const exit = await this.exited;
    clearTimeout(late);
    if (exit.signal === "SIGKILL") throw new Error(`${this.describe()}\ndid not end within ${withinMs} ms`);
    return exit;
  }

  /** Ends it the hard way, where the way in which it ends is not what is tested. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exited;
  }

  /** For error messages: what it is and what it has said. */
  describe(): string {
    return `${this.description}\nstdout: ${this.stdout.slice(-4000)}\nstderr: ${this.stderr.slice(-4000)}`;
  }
}

const running = new Set<RunningProcess>();
// Vitest evaluates this module once for each test file that imports it, so this is that file's own hook.
afterAll(() => Promise.all([...running].map((process) => process.kill())));

/** Starts a program that goes on running. */
export function start(program: string, args: readonly string[], options: StartOptions = {}): RunningProcess {
  const child = spawn(program, args, { env: { ...process.env, ...options.env }, stdio: "pipe" });
  // A program that ends without reading its input must not fail the test by that.
  child.stdin.on("error", () => {});
  if (options.input !== undefined) child.stdin.end(options.input);
  return new RunningProcess([program, ...args].join(" "), child);
}

export interface Outcome extends Exit {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export async function run(program: string, args: readonly string[], options: StartOptions = {}): Promise<Outcome> {
  const process = start(program, args, options);
  const exit = await process.end();
  return { ...exit, stdout: process.stdout, stderr: process.stderr };
}
