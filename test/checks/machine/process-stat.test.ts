import { describe, expect, it } from "vitest";
import { isReused, startedAtMs } from "../../../src/checks/machine/pid-file.js";
import { ProcessCpu } from "../../../src/checks/machine/process-cpu.js";
import {
  mayBeNamed,
  parseCommandLine,
  parseOpenFileLimit,
  parseStat,
  parseStatus,
} from "../../../src/checks/machine/process-stat.js";
import { lost, present } from "../../../src/core/result.js";
import { processFiles } from "../../support/process-files.js";

const file = (name: string, given: Parameters<typeof processFiles>[0]) =>
  processFiles(given)[`proc/${given.pid}/${name}`] ?? "";

describe("the files of a process", () => {
  it("are read also where its name looks like the rest of the line", () => {
    expect(parseStat(file("stat", { pid: 7, name: "a) R 1 (b", state: "D" }))).toEqual({
      pid: 7,
      name: "a) R 1 (b",
      state: "D",
      startTicks: 5000,
      cpuTicks: 150,
    });
    expect([parseStat(""), parseStat("7 (x) S 1 2"), parseStat("x")]).toEqual([undefined, undefined, undefined]);
  });

  it("have memory, threads and a limit, each where there is one", () => {
    expect(parseStatus(file("status", { pid: 7 }))).toEqual({ residentBytes: 2_097_152, threadCount: 3 });
    expect(parseStatus("Name:\tkthreadd\nThreads:\t1\n")).toEqual({ threadCount: 1 });
    expect(parseOpenFileLimit(file("limits", { pid: 7 }))).toBe(1024);
    expect(parseOpenFileLimit(file("limits", { pid: 7, openFileLimit: "unlimited" }))).toBeUndefined();
    expect(parseCommandLine("python3\0-m\0vllm\0")).toEqual(["python3", "-m", "vllm"]);
  });

  it("have a name that the kernel cuts after 15 bytes", () => {
    expect(mayBeNamed("nginx", "nginx")).toBe(true);
    expect(mayBeNamed("nvidia-persiste", "nvidia-persistenced")).toBe(true);
    expect(mayBeNamed("nginx", "ngin")).toBe(false);
    expect(mayBeNamed("nginx", "nginx-extra")).toBe(false);
  });
});

describe("the start of a process", () => {
  const own = { byOriginMs: 1_000_000, byUptimeMs: 1_000_050, startTicks: 10_000 };

  it("is told from this process, by the kernel's ticks", () => {
    expect(startedAtMs({ startTicks: 10_000 }, own)).toBe(1_000_000);
    expect(startedAtMs({ startTicks: 9900 }, own)).toBe(999_000);
  });

  it("shows that a pid was used again, unless the clock may have been set by that much", () => {
    expect(isReused({ pid: 7, writtenAtMs: 1_000_000 }, 1_060_000)).toBe(false);
    expect(isReused({ pid: 7, writtenAtMs: 1_000_000 }, 1_060_001)).toBe(true);
    expect(isReused({ pid: 7, writtenAtMs: 1_000_000 }, 900_000)).toBe(false);
  });
});

describe("CPU time between two looks", () => {
  const at = (pid: number, startTicks: number, cpuTicks: number) => ({
    pid,
    startTicks,
    cpuTicks,
    name: "x",
    state: "S",
  });

  it("has no data at the first look, nor for a process that was not there then", () => {
    const cpu = new ProcessCpu();
    expect(cpu.coresSinceLastLook([at(7, 1, 500)], 0)).toEqual(lost);
    expect(cpu.coresSinceLastLook([at(7, 1, 700)], 1000)).toEqual(present(2));
    expect(cpu.coresSinceLastLook([at(7, 2, 900)], 2000)).toEqual(lost);
    expect(cpu.coresSinceLastLook([at(7, 2, 950), at(8, 1, 9999)], 4000)).toEqual(present(0.25));
    expect(cpu.coresSinceLastLook([], 5000)).toEqual(lost);
  });
});
