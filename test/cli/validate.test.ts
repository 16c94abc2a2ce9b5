import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { exitCodeOf } from "../../src/cli/terminal.js";
import { validate } from "../../src/cli/validate.js";

const directory = mkdtempSync(join(tmpdir(), "validate-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function write(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

async function run(file: string) {
  const lines: string[] = [];
  const terminal = {
    out: (line: string) => lines.push(`out ${line}`),
    err: (line: string) => lines.push(`err ${line}`),
  };
  return { exitCode: await exitCodeOf(terminal, () => validate(file, {}, terminal)), lines };
}

describe("validate", () => {
  it("counts what is in a valid file", async () => {
    const file = write("valid.yaml", "checks: { a: { type: disk } }\ncomponents: { c: { critical: [a] } }\n");
    expect(await run(file)).toEqual({ exitCode: 0, lines: [`out ${file}: ok: 1 check, 1 component`] });
  });

  it("says that an empty file means the defaults", async () => {
    const file = write("empty.yaml", "");
    expect(await run(file)).toEqual({
      exitCode: 0,
      lines: [`out ${file}: ok: 4 checks (the default ones), 0 components`],
    });
  });

  it("shows every error on a line of its own", async () => {
    const file = write("wrong.yaml", "grcp: {}\nlog: { level: loud }\n");
    expect(await run(file)).toEqual({
      exitCode: 1,
      lines: [
        `err ${file}:1:1: grcp: unknown key "grcp": did you mean grpc?`,
        `err ${file}:2:15: log.level: unknown value "loud": known are debug, info, warn, error`,
      ],
    });
  });

  it.each([
    ["missing.yaml", "there is no such file"],
    ["", "this is a directory: name the configuration file in it"],
    ["valid.yaml/x", "there is no such file: a part of the path is not a directory"],
  ])("is plain about %j", async (name, problem) => {
    write("valid.yaml", "");
    const file = name === "" ? directory : join(directory, name);
    expect(await run(file)).toEqual({ exitCode: 1, lines: [`err error: ${file}: ${problem}`] });
  });

  it("reads from what is no regular file, such as a pipe", async () => {
    const pipe = join(directory, "pipe");
    execFileSync("mkfifo", [pipe]);
    const writer = spawn("sh", ["-c", `{ echo 'log:'; echo '  level: info'; } > "$1"`, "sh", pipe]);
    const ended = once(writer, "close");
    expect(await run(pipe)).toMatchObject({ exitCode: 0 });
    await ended;
  });

  it("does not read what has no end", async () => {
    expect(await run("/dev/zero")).toEqual({
      exitCode: 1,
      lines: ["err error: /dev/zero: the file is larger than 1 MiB, so it cannot be a configuration"],
    });
  });

  it("reads no file that is far too large", async () => {
    const file = write("large.yaml", "#".repeat(1024 * 1024 + 1));
    expect(await run(file)).toEqual({
      exitCode: 1,
      lines: [`err error: ${file}: the file is larger than 1 MiB, so it cannot be a configuration`],
    });
  });
});
