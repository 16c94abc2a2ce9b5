// Child processes that answer questions over an IPC channel, and are ended by the one who started them.

import { spawn } from "node:child_process";
import { once } from "node:events";

const answerTimeoutMs = 60_000;

export class Child {
  #name;
  #errorOutput = "";
  #queue = Promise.resolve();

  /** `stdout`: "pipe", "ignore" or a file descriptor. */
  constructor(name, command, { env = {}, stdout = "ignore" } = {}) {
    this.#name = name;
    this.process = spawn(command[0], command.slice(1), {
      stdio: ["ignore", stdout, "pipe", "ipc"],
      env: { ...process.env, ...env },
    });
    this.process.stderr.setEncoding("utf8").on("data", (text) => {
      this.#errorOutput = (this.#errorOutput + text).slice(-4000);
    });
    this.exited = new Promise((resolve) => {
      this.process.once("exit", (code, signal) => resolve({ code, signal }));
    });
  }

  get hasEnded() {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  /** Asks `question` and gives the answer. One question at a time: the next waits. */
  ask(question, details = {}) {
    const answer = this.#queue.then(() => this.#ask(question, details));
    this.#queue = answer.catch(() => {});
    return answer;
  }

  async #ask(question, details) {
    if (this.hasEnded) throw this.failure("has ended");
    const answer = once(this.process, "message", { signal: AbortSignal.timeout(answerTimeoutMs) });
    this.process.send({ question, ...details }, (error) => void error);
    const ended = this.exited.then(() => Promise.reject(this.failure("has ended")));
    const [message] = await Promise.race([answer, ended]).catch((cause) => {
      throw this.failure(`gave no answer to "${question}"`, cause);
    });
    return message.answer;
  }

  failure(what, cause) {
    const { exitCode, signalCode } = this.process;
    const state = this.hasEnded ? ` (exit code ${exitCode}, signal ${signalCode})` : "";
    return new Error(`${this.#name} ${what}${state}. ${this.#errorOutput.trim()}`, { cause });
  }

  async kill() {
    if (this.hasEnded) return;
    this.process.kill("SIGKILL");
    await this.exited;
  }
}
