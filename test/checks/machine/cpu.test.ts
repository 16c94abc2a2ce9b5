import { describe, expect, it } from "vitest";
import { createCpuCheck, judgeCpu, throttledRatio } from "../../../src/checks/machine/cpu.js";
import {
  type CpuState,
  countCpus,
  parseLoad,
  parsePressure,
  parseThrottling,
  readCpuState,
} from "../../../src/checks/machine/cpu-state.js";
import { lost, present, unsupported } from "../../../src/core/result.js";
import { createCheck, runOnce } from "../../support/run-check.js";
import { fakeSystem, writeSystemFiles } from "../../support/system.js";

const pressureText = (some: number, full: number) =>
  `some avg10=1.00 avg60=${some.toFixed(2)} avg300=3.00 total=4\nfull avg10=5.00 avg60=${full.toFixed(2)} avg300=6.00 total=7\n`;
const cpuStat = (periods: number, throttled: number) =>
  `usage_usec 5\nuser_usec 3\nsystem_usec 2\nnr_periods ${periods}\nnr_throttled ${throttled}\nthrottled_usec 9\n`;
const machine = {
  "proc/loadavg": "12.50 8.00 3.25 2/812 4711\n",
  "proc/self/cgroup": "0::/pod/main\n",
  "sys/devices/system/cpu/online": "0-3\n",
};

describe("what the kernel tells", () => {
  it("is read number by number", () => {
    expect(parseLoad("0.52 0.41 0.30 2/812 4711\n")).toEqual({ load1: 0.52, load5: 0.41, load15: 0.3 });
    expect(parseLoad("")).toBeUndefined();
    expect(["0\n", "0-3\n", "0-3,8,10-11\n", "", "a-b"].map(countCpus)).toEqual([1, 4, 7, undefined, undefined]);
    expect(parsePressure(pressureText(25, 50), "cpu")).toBe(0.25);
    expect(parsePressure(pressureText(25, 50), "memory")).toBe(0.5);
    expect(parsePressure("some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n", "io")).toBeUndefined();
    expect(parseThrottling(cpuStat(200, 50))).toEqual({ periods: 200, throttledPeriods: 50 });
    expect(parseThrottling("usage_usec 5\nnr_periods 0\nnr_throttled 0\n")).toBeUndefined();
  });

  it("has no pressure where the kernel keeps none", () => {
    const state = readCpuState(fakeSystem(machine), "machine");
    expect(state).toMatchObject({ coreCount: 4, pressure: { cpu: undefined, memory: undefined, io: undefined } });
  });

  it("has the pressure of the machine or of the nearest cgroup, and every CPU limit above", () => {
    const roots = fakeSystem({
      ...machine,
      "proc/pressure/cpu": pressureText(10, 0),
      "cgroup/pod/main/cpu.pressure": pressureText(60, 30),
      "cgroup/pod/cpu.pressure": pressureText(99, 99),
      "cgroup/pod/main/cpu.stat": cpuStat(0, 0),
      "cgroup/pod/cpu.stat": cpuStat(100, 5),
    });
    expect(readCpuState(roots, "machine").pressure.cpu).toBe(0.1);
    const { pressure, throttling } = readCpuState(roots, "cgroup");
    expect(pressure).toEqual({ cpu: 0.6, memory: undefined, io: undefined });
    expect([...throttling]).toEqual([["/pod", { periods: 100, throttledPeriods: 5 }]]);
  });

  it("includes limits of cgroup v1", () => {
    const roots = fakeSystem({
      ...machine,
      "proc/self/cgroup": "3:cpu,cpuacct:/docker/x\n",
      "cgroup/cpu/cpu.stat": cpuStat(100, 5),
    });
    expect([...readCpuState(roots, "machine").throttling.keys()]).toEqual(["/"]);
  });
});

describe("throttledRatio", () => {
  const at = (periods: number, throttledPeriods: number) => new Map([["/pod", { periods, throttledPeriods }]]);

  it("needs two looks, and a period between them", () => {
    expect(throttledRatio(undefined, at(100, 50))).toEqual(lost);
    expect(throttledRatio(at(100, 50), at(100, 50))).toEqual(lost);
    expect(throttledRatio(at(100, 50), at(200, 75))).toEqual(present(0.25));
  });

  it("has no data where the cgroup was made anew, and none at all without a limit", () => {
    expect(throttledRatio(at(100, 50), at(20, 1))).toEqual(lost);
    expect(throttledRatio(undefined, new Map())).toEqual(unsupported);
  });
});

describe("judgeCpu", () => {
  const limits = { maxLoadPerCore: 4, pressureOf: "machine" as const };
  const state = (changes: Partial<CpuState> = {}): CpuState => ({
    load: { load1: 12.5, load5: 8, load15: 3.25 },
    coreCount: 4,
    pressure: { cpu: 0.3, memory: 0.01, io: 0.02 },
    throttling: new Map(),
    ...changes,
  });

  it("counts the load for each core", () => {
    expect(judgeCpu(state(), unsupported, limits)).toMatchObject({
      status: "healthy",
      message: "load 2 per core over 5 minutes (cores: 4), 4 allowed",
      readings: { load5: present(8), cpuPressureRatio: present(0.3), throttledRatio: unsupported },
    });
    expect(judgeCpu(state({ coreCount: 1 }), unsupported, limits)).toMatchObject({
      status: "unhealthy",
      reason: "cpu_overloaded",
      message: "load 8 per core over 5 minutes (cores: 1), 4 allowed",
    });
  });

  it.each([
    ["cpu", "cpu_pressure", "on this machine some task waited for a core in 30 % of the last minute, 20 % allowed"],
    [
      "memory",
      "memory_pressure",
      "on this machine every task waited for memory in 30 % of the last minute, 20 % allowed",
    ],
    ["io", "io_pressure", "on this machine every task waited for disks in 30 % of the last minute, 20 % allowed"],
  ] as const)("judges the pressure of %s", (resource, reason, message) => {
    const pressure = { cpu: 0, memory: 0, io: 0, [resource]: 0.3 };
    const judged = (limit: number) =>
      judgeCpu(state({ pressure }), unsupported, { ...limits, maxPressure: { [resource]: limit } });
    expect(judged(0.2)).toMatchObject({ status: "unhealthy", reason, message });
    expect(judged(0.3)).toMatchObject({ status: "healthy" });
  });

  it("says so where a limit cannot be judged, and gives no figure for it", () => {
    const pressure = { cpu: undefined, memory: undefined, io: undefined };
    expect(judgeCpu(state({ pressure }), unsupported, { ...limits, maxPressure: { io: 0.5 } })).toMatchObject({
      status: "unhealthy",
      reason: "pressure_unavailable",
      message: "this kernel does not tell /proc/pressure/io, so maxPressure.io cannot be judged",
      readings: { ioPressureRatio: unsupported },
    });
    expect(judgeCpu(state({ pressure }), unsupported, limits)).toMatchObject({ status: "healthy" });
  });

  it("judges throttling once there is data", () => {
    const withLimit = { ...limits, maxThrottled: 0.25 };
    expect(judgeCpu(state(), lost, withLimit)).toMatchObject({ status: "healthy", readings: { throttledRatio: lost } });
    expect(judgeCpu(state(), present(0.5), withLimit)).toMatchObject({
      status: "unhealthy",
      reason: "cpu_throttled",
      message: "the CPU limit of this process's cgroup ran out in 50 % of its periods, 25 % allowed",
    });
  });
});

describe("cpu check", () => {
  it("compares each look with the one before", async () => {
    const roots = fakeSystem({ ...machine, "cgroup/pod/main/cpu.stat": cpuStat(100, 90) });
    const check = createCpuCheck({ maxLoadPerCore: 4, pressureOf: "machine", maxThrottled: 0.5 }, roots);
    expect(await runOnce(check)).toMatchObject({ status: "healthy" });
    writeSystemFiles(roots, { "cgroup/pod/main/cpu.stat": cpuStat(200, 180) });
    expect(await runOnce(check)).toMatchObject({ reason: "cpu_throttled", readings: { throttledRatio: present(0.9) } });
    writeSystemFiles(roots, { "cgroup/pod/main/cpu.stat": cpuStat(300, 180) });
    expect(await runOnce(check)).toMatchObject({ status: "healthy", readings: { throttledRatio: present(0) } });
  });

  it("says what it cannot read, or not understand", async () => {
    const given = { maxLoadPerCore: 4, pressureOf: "machine" as const };
    expect(await runOnce(createCpuCheck(given, fakeSystem({})))).toMatchObject({
      status: "unhealthy",
      reason: "cpu_unreadable",
      message: expect.stringMatching(/loadavg cannot be read: ENOENT: /),
    });
    const roots = fakeSystem({ ...machine, "sys/devices/system/cpu/online": "none\n" });
    expect(await runOnce(createCpuCheck(given, roots))).toMatchObject({
      reason: "cpu_unreadable",
      message: expect.stringMatching(/online is not as expected: "none\\n"$/),
    });
  });

  it("reads this machine", async () => {
    const result = await runOnce(createCheck("cpu", { maxLoadPerCore: 1_000_000 }));
    expect(result).toMatchObject({ status: "healthy", readings: { load1: { ok: true }, coreCount: { ok: true } } });
  });
});
