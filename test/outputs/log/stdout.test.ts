import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** What the program under test says on file descriptor 3 when it is about to end. */
interface Outcome {
  readonly droppedLines: number;
  /** How often the event loop turned while the lines were written. */
  readonly turns: number;
}

/*
 * Writes lines over many turns of the event loop, flushes with a bound, and tells descriptor 3 what came of it. With
 * a logger that blocks it would never come that far.
 */
const program = `
import { writeSync } from "node:fs";
import { createLogger } from "./logger.js";
const logger = createLogger({ level: "info", maxPendingBytes: 100_000 });
let turns = 0;
const next = () => {
  for (let line = 0; line < 20; line += 1) logger.info("test", "x".repeat(200), { turns });
  turns += 1;
  if (turns < 100) setImmediate(next);
  else void logger.flush(Number(process.argv[2])).then(() => {
    writeSync(3, JSON.stringify({ droppedLines: logger.droppedLines(), turns }));
    process.exit(0);
  });
};
next();
`;
const lines = 2000;

describe("a logger on standard output", () => {
  let directory = "";

  beforeAll(() => {
    // Inside node_modules, where the program's imports resolve.
    directory = mkdtempSync(join("node_modules", ".log-test-"));
    writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
    writeFileSync(join(directory, "program.js"), program);
    for (const name of ["bounded-writer", "sinks", "logger"]) {
      const source = readFileSync(join("src/outputs/log", `${name}.ts`), "utf8");
      const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
      writeFileSync(join(directory, `${name}.js`), ts.transpileModule(source, { compilerOptions }).outputText);
    }
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  function start(stdout: "pipe" | number, flushDeadlineMs = 60_000): ChildProcess {
    const parameters = [join(directory, "program.js"), String(flushDeadlineMs)];
    return spawn(process.execPath, parameters, { stdio: ["ignore", stdout, "inherit", "pipe"] });
  }

  async function outcomeOf(child: ChildProcess): Promise<Outcome> {
    const exited = once(child, "exit");
    const report = child.stdio[3];
    if (report === null || report === undefined || !("read" in report)) throw new Error("descriptor 3 is no pipe");
    const outcome = JSON.parse(await text(report)) as Outcome;
    expect(await exited).toEqual([0, null]);
    expect(outcome.turns).toBe(100);
    return outcome;
  }

  it("counts every line that a pipe's reader does not get", async () => {
    const child = start("pipe");
    if (child.stdout === null) throw new Error("standard output is no pipe");
    const [outcome, output] = await Promise.all([outcomeOf(child), text(child.stdout)]);
    const parsed = output.trimEnd().split("\n");
    expect(parsed.filter((line) => line.includes('"event":"test"'))).toHaveLength(lines - outcome.droppedLines);
    expect(() => parsed.map((line) => JSON.parse(line) as unknown)).not.toThrow();
  });

  it("drops lines, and neither waits nor grows, when nobody reads the pipe", async () => {
    const child = start("pipe", 100);
    child.stdout?.pause();
    expect((await outcomeOf(child)).droppedLines).toBeGreaterThan(0);
  });

  it("goes on when the reader of the pipe is gone", async () => {
    const child = start("pipe");
    child.stdout?.destroy();
    expect((await outcomeOf(child)).droppedLines).toBeGreaterThan(0);
  });

  it("goes on when the disk is full", async () => {
    const full = openSync("/dev/full", "w");
    const child = start(full);
    closeSync(full);
    expect((await outcomeOf(child)).droppedLines).toBeGreaterThan(0);
  });

  it("counts every line that a file does not get", async () => {
    const path = join(directory, "out.log");
    const file = openSync(path, "w");
    const child = start(file);
    closeSync(file);
    const { droppedLines } = await outcomeOf(child);
    const written = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(written.filter((line) => line.includes('"event":"test"'))).toHaveLength(lines - droppedLines);
  });
});
