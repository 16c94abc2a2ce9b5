// Child processes: read line by line, and always ended by this program, also when it is interrupted.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const hurryMs = 200;
const stopTimeoutMs = 10_000;
const running = new Set();

/** A running program that writes JSON lines to standard output. Its standard input stays open until it is stopped. */
export class Program {
  lines = [];
  #name;
  #child;
  #waiting = new Set();
  #errorOutput = "";
  #failure;

  constructor(name, command, { env = {}, hasChannel = false } = {}) {
    const [file, ...args] = command;
    this.#name = name;
    this.#child = spawn(file, args, {
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe", ...(hasChannel ? ["ipc"] : [])],
    });
    running.add(this);
    // Writing to a program that has ended is reported by whoever waits for its lines.
    this.#child.stdin.on("error", () => {});
    this.#child.stderr.on("data", (chunk) => {
      this.#errorOutput = (this.#errorOutput + chunk).slice(-2_000);
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#take(line));
    this.ended = new Promise((resolve) => {
      this.#child.once("error", (error) => this.#end(error.message, resolve));
      this.#child.once("close", (code, signal) => this.#end(`it ended with ${code ?? signal}`, resolve));
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** The first line, past or to come, that `isWanted` takes. Fails at the deadline and when the program ends before. */
  async line(what, isWanted, timeoutMs) {
    const known = this.lines.find(isWanted);
    if (known !== undefined) return known;
    return new Promise((resolve, reject) => {
      const waiter = { isWanted, resolve, reject, what };
      waiter.timer = setTimeout(() => {
        this.#waiting.delete(waiter);
        reject(new Error(`${this.#name}: no ${what} within ${timeoutMs / 1000} s`));
      }, timeoutMs);
      if (this.#failure === undefined) this.#waiting.add(waiter);
      else this.#giveUp(waiter);
    });
  }

  event(name, timeoutMs) {
    return this.line(`line «${name}»`, (line) => line.event === name, timeoutMs);
  }

  /** Asks over the channel of `hasChannel`, and gives the answer. */
  ask(question) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${this.#name}: no answer to ${question}`)), stopTimeoutMs);
      this.#child.once("message", (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.#child.send(question);
    });
  }

  /** Ends its standard input, by which the programs in python/ free what they hold and end. */
  async finish() {
    this.#child.stdin.end();
    const late = setTimeout(() => this.kill(), stopTimeoutMs);
    await this.ended;
    clearTimeout(late);
  }

  /** SIGTERM, a second one for a server that drains first, and SIGKILL for what does not end by itself. */
  async stop() {
    if (this.#failure !== undefined) return;
    this.#child.stdin.end();
    this.#child.kill("SIGTERM");
    const hurry = setTimeout(() => this.#child.kill("SIGTERM"), hurryMs);
    const force = setTimeout(() => this.kill(), stopTimeoutMs);
    await this.ended;
    clearTimeout(hurry);
    clearTimeout(force);
  }

  kill() {
    this.#child.kill("SIGKILL");
  }

  #take(text) {
    if (!text.startsWith("{")) return;
    const line = JSON.parse(text);
    this.lines.push(line);
    for (const waiter of this.#waiting) {
      if (!waiter.isWanted(line)) continue;
      clearTimeout(waiter.timer);
      this.#waiting.delete(waiter);
      waiter.resolve(line);
    }
  }

  #end(failure, resolve) {
    if (this.#failure !== undefined) return;
    this.#failure = failure;
    running.delete(this);
    for (const waiter of this.#waiting) this.#giveUp(waiter);
    resolve();
  }

  #giveUp({ timer, reject, what }) {
    clearTimeout(timer);
    const said = this.lines.findLast((line) => line.event === "failed")?.message ?? this.#errorOutput.trim();
    reject(new Error(`${this.#name}: no ${what}: ${this.#failure}. ${said}`.trim()));
  }
}

/** Ends every program that runs still. */
export const stopAll = () => Promise.all([...running].map((program) => program.stop()));

/** Runs a program to its end. `code` is null where it could not be started, was killed or took too long. */
export function runToEnd(file, args, { env = {}, timeoutMs }) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"]) {
      child[name].setEncoding("utf8").on("data", (chunk) => {
        output[name] += chunk;
      });
    }
    const late = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    const end = (code, why = "") => {
      clearTimeout(late);
      resolve({ code, ...output, stderr: output.stderr + why });
    };
    child.once("error", (error) => end(null, error.message));
    child.once("close", (code) => end(code));
  });
}
