// Child processes: pinned to a core, read line by line, and always ended by the one who started them.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const lineTimeoutMs = 60_000;
const hurryMs = 200;
const stopTimeoutMs = 5_000;

/** A running program whose JSON lines on standard output are read one at a time. */
export class Child {
  #name;
  #process;
  #lines;
  #errorOutput = "";

  /** Starts `command` (program and arguments) on one core. */
  constructor(name, cpu, command, { channel = false } = {}) {
    this.#name = name;
    this.#process = spawn("taskset", ["-c", String(cpu), ...command], {
      stdio: ["pipe", "pipe", "pipe", ...(channel ? ["ipc"] : [])],
    });
    // A program that ends early is reported by nextLine or exited; writing to it must not bring the bench down.
    this.#process.stdin.on("error", () => {});
    this.#process.stderr.on("data", (chunk) => {
      this.#errorOutput = (this.#errorOutput + chunk).slice(-2_000);
    });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  get pid() {
    return this.#process.pid;
  }

  write(line) {
    this.#process.stdin.write(`${line}\n`);
  }

  /** The next line of output as JSON; lines that are not JSON are skipped. Fails after a minute of silence. */
  async nextLine() {
    for (;;) {
      const { value, done } = await withTimeout(this.#lines.next(), lineTimeoutMs, `${this.#name}: no output`);
      if (done) {
        throw new Error(`${this.#name} ended too early. ${this.#errorOutput.trim()}`);
      }
      if (value.startsWith("{")) {
        return JSON.parse(value);
      }
    }
  }

  /** Reads on to the line with this `event`. */
  async event(name) {
    for (;;) {
      const line = await this.nextLine();
      if (line.event === name) {
        return line;
      }
    }
  }

  /** Asks over the IPC channel and gives the answer; needs `channel: true`. */
  async ask(question) {
    const answer = once(this.#process, "message");
    this.#process.send(question);
    return (await withTimeout(answer, lineTimeoutMs, `${this.#name}: no answer to "${question}"`))[0];
  }

  /** SIGTERM, a second one for a server that drains first, and SIGKILL for one that does not end by itself. */
  async stop() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) {
      return;
    }
    const exit = once(this.#process, "exit");
    this.#process.kill("SIGTERM");
    const hurry = setTimeout(() => this.#process.kill("SIGTERM"), hurryMs);
    const force = setTimeout(() => this.#process.kill("SIGKILL"), stopTimeoutMs);
    await exit;
    clearTimeout(hurry);
    clearTimeout(force);
  }
}

async function withTimeout(promise, timeoutMs, what) {
  let timer;
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} in ${timeoutMs / 1000} s`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
