import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ProcessCheck, processType } from "../../../src/checks/machine/process.js";
import { judgeProcesses } from "../../../src/checks/machine/process-verdict.js";
import type { SystemRoots } from "../../../src/checks/machine/system-files.js";
import { lost, present, unsupported } from "../../../src/core/result.js";
import { ManualClock } from "../../support/manual-clock.js";
import { processFiles } from "../../support/process-files.js";
import { createCheck, runOnce } from "../../support/run-check.js";
import { fakeSystem, writeSystemFiles } from "../../support/system.js";

const GiB = 2 ** 30;
const look = (changes: object = {}) => ({
  pid: 7,
  name: "engine",
  state: "S",
  startTicks: 5000,
  cpuTicks: 150,
  residentBytes: present(2 * GiB),
  threadCount: present(40),
  openFileCount: present(950),
  openFileLimit: present(1000),
  ...changes,
});
const found = (...processes: ReturnType<typeof look>[]) => ({
  label: "process engine",
  processes,
  cpuCores: present(1.5),
  ageMs: present(90_000),
});

describe("judgeProcesses", () => {
  const limits = { minCount: 1 };

  it("gives what all of them use together, and the fullest share of open files", () => {
    const second = look({ pid: 8, openFileCount: present(10), openFileLimit: unsupported });
    expect(judgeProcesses(found(look(), second), limits)).toEqual({
      status: "healthy",
      reason: "ok",
      message: "process engine runs 2 times, the last one for 90 s (pid 7, 8), 4 GiB of memory",
      readings: {
        processCount: present(2),
        cpuCores: present(1.5),
        residentBytes: present(4 * GiB),
        threadCount: present(80),
        openFileCount: present(960),
        openFilesUsedRatio: present(0.95),
        ageSeconds: present(90),
      },
      metadata: { pids: "7, 8" },
    });
  });

  it.each([
    [{ maxOpenFilesUsed: 0.9 }, "too_many_open_files", "has 95 % of the files open that it may open, 90 % allowed"],
    [{ maxMemory: GiB }, "too_much_memory", "has 2 GiB of memory, 1 GiB allowed"],
    [{ maxThreads: 39 }, "too_many_threads", "has 40 threads, 39 allowed"],
    [{ maxCpuCores: 1 }, "too_much_cpu", "used 1.5 cores since the last look, 1 allowed"],
  ])("is unhealthy over %j", (limit, reason, says) => {
    const message = `process engine ${says} (pid 7)`;
    expect(judgeProcesses(found(look()), { minCount: 1, ...limit })).toMatchObject({
      status: "unhealthy",
      reason,
      message,
    });
  });

  it("does not judge the CPU before there is data, and makes nothing up where it may not look", () => {
    const first = { ...found(look({ openFileCount: lost })), cpuCores: lost };
    expect(judgeProcesses(first, { minCount: 1, maxCpuCores: 0.1 })).toMatchObject({
      status: "healthy",
      readings: { cpuCores: lost, openFileCount: lost, openFilesUsedRatio: lost },
    });
    expect(judgeProcesses(first, { minCount: 1, maxOpenFilesUsed: 0.9 })).toMatchObject({
      status: "unhealthy",
      reason: "process_unreadable",
      message: "this user may not see the open files of process engine (pid 7), so maxOpenFilesUsed cannot be judged",
    });
  });

  it.each([
    [[], "process_not_running", "there is no process engine"],
    [
      [look({ state: "Z" })],
      "process_zombie",
      "process engine has ended, and its parent has not taken note (zombie, pid 7)",
    ],
    [[look({ state: "T" }), look({ pid: 8 })], "process_stopped", "process engine is stopped (pid 7)"],
    [[look(), look({ pid: 8, state: "Z" })], "too_few_processes", "1 of process engine, 2 needed (pid 7)"],
  ])("is unhealthy with %j", (processes, reason, message) => {
    const minCount = reason === "too_few_processes" ? 2 : 1;
    expect(judgeProcesses(found(...processes), { minCount })).toMatchObject({ status: "unhealthy", reason, message });
  });
});

describe("the process that is meant", () => {
  const nowMs = Date.UTC(2026, 0, 1);
  let clock: ManualClock;
  let roots: SystemRoots;
  let pidFile: string;

  beforeEach(() => {
    clock = new ManualClock(0, nowMs);
    roots = fakeSystem({
      ...processFiles({ pid: 7 }),
      ...processFiles({ pid: 9, name: "python3", commandLine: ["python3", "-m", "vllm"] }),
    });
    pidFile = join(roots.proc, "..", "engine.pid");
    writePidFile("7\n", nowMs);
  });

  function writePidFile(content: string, atMs: number): void {
    writeFileSync(pidFile, content);
    utimesSync(pidFile, new Date(atMs), new Date(atMs));
  }

  /** This server started together with process 7, whose ticks are 5000, an hour before now. */
  function check(options: object): ProcessCheck {
    const ownStart = () => ({ byOriginMs: nowMs - 3_600_000, byUptimeMs: nowMs - 3_600_000, startTicks: 5000 });
    return new ProcessCheck(processType.options().parse(options) as never, clock, { proc: roots.proc, ownStart });
  }

  it("is found by its pid file", async () => {
    expect(await runOnce(check({ pidFile }))).toMatchObject({
      status: "healthy",
      message: `process 7 of ${pidFile} runs for 60 min (pid 7), 2 MiB of memory`,
      readings: { processCount: present(1), threadCount: present(3), cpuCores: lost, ageSeconds: present(3600) },
    });
  });

  it("uses CPU time between two looks", async () => {
    const engine = check({ pidFile, maxCpuCores: 1 });
    expect(await runOnce(engine)).toMatchObject({ status: "healthy" });
    clock.advance(10_000);
    writeSystemFiles(roots, processFiles({ pid: 7, userTicks: 1600, systemTicks: 1050 }));
    expect(await runOnce(engine)).toMatchObject({ reason: "too_much_cpu", readings: { cpuCores: present(2.5) } });
  });

  it("is not the one that has its pid now", async () => {
    const engine = check({ pidFile });
    await runOnce(engine);
    writeSystemFiles(roots, processFiles({ pid: 7, name: "bash", startTicks: 5001 }));
    expect(await runOnce(engine)).toMatchObject({
      status: "unhealthy",
      reason: "pid_reused",
      message: expect.stringMatching(/its pid 7 belongs to another one now \(bash\)/),
    });
    writePidFile("7\n", nowMs + 5000);
    expect(await runOnce(engine)).toMatchObject({ status: "healthy" });
  });

  it("is not one that started after the pid file was written, from the first look on", async () => {
    writePidFile("7\n", nowMs - 7_200_000);
    expect(await runOnce(check({ pidFile }))).toMatchObject({
      reason: "pid_reused",
      message: `the process of ${pidFile} has ended: its pid 7 belongs to another one now (engine), which started 60 min after the file was written`,
    });
  });

  it.each([
    ["4711\n", "process_not_running", /^there is no process 4711 of /],
    ["", "pid_file_unreadable", /starts with no pid/],
    ["-1\n", "pid_file_unreadable", /starts with no pid: -1$/],
  ])("is missed with the pid file %j", async (content, reason, message) => {
    writePidFile(content, nowMs);
    expect(await runOnce(check({ pidFile }))).toMatchObject({ reason, message: expect.stringMatching(message) });
  });

  it("is missed without a pid file", async () => {
    rmSync(pidFile);
    expect(await runOnce(check({ pidFile }))).toMatchObject({ reason: "pid_file_not_found" });
  });

  it("bears the name that is asked for", async () => {
    expect(await runOnce(check({ pidFile, name: "engine" }))).toMatchObject({ status: "healthy" });
    expect(await runOnce(check({ pidFile, name: "nginx" }))).toMatchObject({
      reason: "process_name_differs",
      message: `the process 7 of ${pidFile} is engine, expected nginx`,
    });
  });

  it("is found by its name and by what its command line holds", async () => {
    writeSystemFiles(roots, processFiles({ pid: 10, name: "python3", commandLine: ["python3", "-m", "pip"] }));
    expect(await runOnce(check({ name: "python3", minCount: 2 }))).toMatchObject({
      status: "healthy",
      metadata: { pids: "10, 9" },
    });
    expect(await runOnce(check({ name: "python3", commandLine: "-m vllm" }))).toMatchObject({
      metadata: { pids: "9" },
    });
    expect(await runOnce(check({ name: "python3", commandLine: "sglang" }))).toMatchObject({
      reason: "process_not_running",
      message: 'there is no process python3 with "sglang" in its command line',
    });
  });

  it("has a name longer than the kernel keeps", async () => {
    const commandLine = ["/usr/bin/nvidia-persistenced", "--verbose"];
    writeSystemFiles(roots, processFiles({ pid: 11, name: "nvidia-persiste", commandLine }));
    expect(await runOnce(check({ name: "nvidia-persistenced" }))).toMatchObject({ status: "healthy" });
    expect(await runOnce(check({ name: "nvidia-persistence-mode" }))).toMatchObject({ reason: "process_not_running" });
  });

  it("is looked for no longer than to the deadline", async () => {
    await expect(check({ name: "engine" }).run(AbortSignal.abort())).rejects.toThrow(/abort/);
  });

  it.each([
    [{}, /say which process/],
    [{ pidFile: "/a", unit: "b" }, /either pidFile or unit/],
    [{ pidFile: "/a", commandLine: "b" }, /needs the name/],
    [{ pidFile: "/a", minCount: 2 }, /names one process/],
  ])("cannot be meant by %j", (options, problem) => {
    expect(() => createCheck("process", options)).toThrow(problem);
  });
});

describe("process check on this machine", () => {
  const directory = mkdtempSync(join(tmpdir(), "process-check-"));
  let child: ChildProcess | undefined;

  afterEach(() => {
    child?.kill("SIGKILL");
    vi.unstubAllEnvs();
    for (const name of readdirSync(directory)) rmSync(join(directory, name));
  });

  it("sees a process live, stop, go on and end", async () => {
    child = spawn("sleep", ["1000"], { stdio: "ignore" });
    const pidFile = join(directory, "sleep.pid");
    writeFileSync(pidFile, `${child.pid}\n`);
    const check = createCheck("process", { pidFile, maxOpenFilesUsed: "90%" });
    await expect.poll(() => runOnce(check)).toMatchObject({ status: "healthy", metadata: { pids: String(child.pid) } });
    const openFiles = readdirSync(`/proc/${child.pid}/fd`).length;
    expect(await runOnce(check)).toMatchObject({
      readings: { residentBytes: { ok: true }, openFileCount: present(openFiles), openFilesUsedRatio: { ok: true } },
    });
    child.kill("SIGSTOP");
    await expect.poll(() => runOnce(check)).toMatchObject({ reason: "process_stopped" });
    child.kill("SIGCONT");
    await expect.poll(() => runOnce(check)).toMatchObject({ status: "healthy" });
    child.kill("SIGKILL");
    await expect.poll(() => runOnce(check)).toMatchObject({ reason: "process_not_running" });
  });

  it("finds a process by its name, among all of the machine", async () => {
    child = spawn("sleep", ["1234.5"], { stdio: "ignore" });
    const check = createCheck("process", { name: "sleep", commandLine: "1234.5" });
    await expect.poll(() => runOnce(check)).toMatchObject({ status: "healthy", metadata: { pids: String(child.pid) } });
  });

  it("finds the main process of a unit", async () => {
    const systemctl = join(directory, "systemctl");
    vi.stubEnv("PATH", `${directory}${delimiter}${process.env.PATH}`);
    const says = (text: string) => {
      writeFileSync(systemctl, `#!/bin/sh\nprintf '${text}'\n`);
      chmodSync(systemctl, 0o755);
    };
    const check = createCheck("process", { unit: "engine.service" });
    says(`MainPID=${process.pid}\\nLoadState=loaded\\nActiveState=active\\n`);
    expect(await runOnce(check)).toMatchObject({ status: "healthy", metadata: { pids: String(process.pid) } });
    says("MainPID=0\\nLoadState=loaded\\nActiveState=failed\\n");
    expect(await runOnce(check)).toMatchObject({
      reason: "process_not_running",
      message: "engine.service is failed and has no main process",
    });
    says("MainPID=0\\nLoadState=not-found\\nActiveState=inactive\\n");
    expect(await runOnce(check)).toMatchObject({ reason: "unit_not_found" });
  });
});
