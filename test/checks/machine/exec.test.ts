import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { discreet } from "../../../src/checks/discreet.js";
import { createCheck, runOnce } from "../../support/run-check.js";

const directory = mkdtempSync(join(tmpdir(), "exec-check-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const run = (command: readonly string[], options: Record<string, unknown> = {}) =>
  runOnce(createCheck("exec", { command, ...options }));
const shell = (script: string, options: Record<string, unknown> = {}) => run(["sh", "-c", script], options);

/** Resolves once the file has a whole line. */
async function lineOf(file: string): Promise<string> {
  const changes = watch(directory);
  try {
    for (;;) {
      const text = readIfThere(file);
      if (text.endsWith("\n")) return text.trim();
      await once(changes, "change");
    }
  } finally {
    changes.close();
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** The state letter of a process as the kernel has it; undefined when there is no such process. */
const stateOf = (pid: string): string | undefined => /^State:\s+(\S)/m.exec(readIfThere(`/proc/${pid}/status`))?.[1];

describe("exec check", () => {
  it("takes exit status 0 as healthy, and the output as the message", async () => {
    expect(await shell("echo  all; echo good")).toEqual({
      status: "healthy",
      reason: "ok",
      message: "all good",
      metadata: { exitStatus: 0 },
    });
    expect((await shell("echo loud >&2")).message).toBe("loud");
    expect((await run(["true"])).message).toBe("true ended with exit status 0");
  });

  it.each([
    ["exit 1", "command_found_problem", "sh found a problem (exit status 1)"],
    ["echo disk; echo gone; exit 1", "command_found_problem", "sh found a problem (exit status 1): disk gone"],
    ["exit 2", "command_failed", "sh could not tell (exit status 2)"],
    ["exit 127", "command_failed", "sh could not tell (exit status 127)"],
    ["kill -9 $$", "command_killed", "sh was ended by SIGKILL"],
  ])("takes %j as unhealthy", async (script, reason, message) => {
    expect(await shell(script)).toMatchObject({ status: "unhealthy", reason, message });
  });

  it("reads no shell syntax", async () => {
    expect((await run(["echo", "$HOME; exit 1"])).message).toBe("$HOME; exit 1");
  });

  it("runs in the directory and with the variables that are asked for, beside its own", async () => {
    const result = await shell('echo "$PWD $GREETING"; test -n "$PATH"', { cwd: "/", env: { GREETING: "hello" } });
    expect(result.message).toBe("/ hello");
  });

  it("takes variables from files, and says none of what they hold, at the deadline neither", async () => {
    const file = join(directory, "token");
    writeFileSync(file, "hunter2\n");
    const env = { TOKEN: `file:${file}`, HEADER: `Bearer file:${file}` };
    /** As the server runs it. */
    const runDiscreetly = (script: string, signal?: AbortSignal) => {
      const check = createCheck("exec", { command: ["sh", "-c", script], env });
      return runOnce(discreet(check, Object.values(env)), signal);
    };
    const result = await runDiscreetly('echo "$TOKEN, $HEADER"; test "$TOKEN" = hunter2 || exit 3; exit 1');
    expect(result.message).toBe("sh found a problem (exit status 1): …, Bearer …");

    const deadline = new AbortController();
    const started = join(directory, "started");
    const running = runDiscreetly(`echo "$TOKEN"; echo yes > ${started}; sleep 1000`, deadline.signal);
    await lineOf(started);
    deadline.abort();
    const late = await running;
    expect([late.reason, JSON.stringify(late).includes("hunter2")]).toEqual(["timeout", false]);
    rmSync(file);
    expect(await runDiscreetly("true")).toMatchObject({ reason: "secret_unreadable" });
  });

  it("has no standard input to wait for", async () => {
    expect((await shell("cat; echo done")).message).toBe("done");
  });

  it("keeps the beginning of a long output, and does not make the program wait for a reader", async () => {
    const result = await shell("head -c 1000000 /dev/zero | tr '\\0' x; exit 1");
    expect(result.reason).toBe("command_found_problem");
    expect(result.message.length).toBeLessThan(600);
    expect(result.metadata).toEqual({ exitStatus: 1, output: "x".repeat(4096) });
  });

  it("says what is wrong with a command that cannot start", async () => {
    const file = join(directory, "not-executable");
    writeFileSync(file, "#!/bin/sh\n", { mode: 0o644 });
    expect(await run(["/nonexistent/program"])).toMatchObject({
      reason: "command_not_found",
      message: "there is no program /nonexistent/program",
    });
    expect(await run([file])).toMatchObject({ reason: "command_not_executable" });
    expect(await run(["true"], { cwd: "/nonexistent" })).toMatchObject({
      reason: "directory_not_found",
      message: "true was not started: there is no directory /nonexistent",
    });
  });

  it("kills the whole process group at the deadline, and leaves no zombie", async () => {
    const pidFile = join(directory, "deadline-pids");
    const deadline = new AbortController();
    const script = `sleep 1000 & echo starting; echo $$ $! > ${pidFile}; wait`;
    const running = runOnce(createCheck("exec", { command: ["sh", "-c", script] }), deadline.signal);
    const [shellPid = "", sleepPid = ""] = (await lineOf(pidFile)).split(" ");
    expect(stateOf(sleepPid)).toBeDefined();
    deadline.abort();
    expect(await running).toMatchObject({
      status: "unhealthy",
      reason: "timeout",
      message: expect.stringMatching(/^sh was still running at the deadline and was killed/),
    });
    await vanished(shellPid);
    // The orphan is reaped by init; a container without one keeps it as a zombie that holds nothing.
    await vanished(sleepPid, "Z");
  });

  it("kills what a program leaves behind, and does not wait for it", async () => {
    const pidFile = join(directory, "left-pids");
    const result = await shell(`sleep 1000 & echo $! > ${pidFile}; echo done`);
    expect(result.message).toBe("done");
    await vanished(await lineOf(pidFile), "Z");
  });

  it("does not wait at the deadline for a grandchild that left the group and keeps the output open", async () => {
    const pidFile = join(directory, "session-pids");
    const deadline = new AbortController();
    const script = `setsid sh -c 'echo $$ > ${pidFile}; exec sleep 1000' & wait`;
    const running = runOnce(createCheck("exec", { command: ["sh", "-c", script] }), deadline.signal);
    const pid = await lineOf(pidFile);
    deadline.abort();
    expect(await running).toMatchObject({ reason: "timeout" });
    process.kill(Number(pid), "SIGKILL");
  });
});

async function vanished(pid: string, orState?: string): Promise<void> {
  for (;;) {
    const state = stateOf(pid);
    if (state === undefined || state === orState) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
