import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMemoryCheck, judgeMemory } from "../../../src/checks/machine/memory.js";
import { readMemoryUsage } from "../../../src/checks/machine/memory-usage.js";
import { createCheck, runOnce } from "../../support/run-check.js";
import { fakeSystem } from "../../support/system.js";

const GiB = 2 ** 30;
const nowhere = { proc: "/nonexistent", sys: "/nonexistent", cgroup: "/nonexistent" };
const meminfo = "MemTotal:       67108864 kB\nMemFree:         1048576 kB\nMemAvailable:   50331648 kB\n";
/** A machine with 16 of 64 GiB in use, and these files beside. */
const system = (files: Readonly<Record<string, string>>) => fakeSystem({ "proc/meminfo": meminfo, ...files });

const cgroup = (path: string, max: string, currentBytes: number, inactiveFileBytes = 0) => ({
  [`cgroup${path}/memory.max`]: `${max}\n`,
  [`cgroup${path}/memory.current`]: `${currentBytes}\n`,
  [`cgroup${path}/memory.stat`]: `anon 1\nfile 2\ninactive_file ${inactiveFileBytes}\nactive_file 3\n`,
});

describe("readMemoryUsage", () => {
  it("takes the machine where there is no cgroup v2", () => {
    const roots = system({ "proc/self/cgroup": "4:memory:/docker/x\n" });
    expect(readMemoryUsage(roots)).toEqual({ usedBytes: 16 * GiB, limitBytes: 64 * GiB, source: "this machine" });
  });

  it("takes the container's limit at the root of its namespace, without inactive page cache", () => {
    const roots = system({ "proc/self/cgroup": "0::/\n", ...cgroup("", String(8 * GiB), 6 * GiB, 2 * GiB) });
    expect(readMemoryUsage(roots)).toEqual({
      usedBytes: 4 * GiB,
      limitBytes: 8 * GiB,
      source: "limit of cgroup /",
    });
  });

  it("takes the fullest limit on the way up", () => {
    const roots = system({
      "proc/self/cgroup": "0::/pods/pod1/main\n",
      ...cgroup("/pods/pod1/main", "max", 1 * GiB),
      ...cgroup("/pods/pod1", String(8 * GiB), 7 * GiB),
      ...cgroup("/pods", String(32 * GiB), 16 * GiB),
    });
    expect(readMemoryUsage(roots)).toMatchObject({ usedBytes: 7 * GiB, source: "limit of cgroup /pods/pod1" });
  });

  it("takes limits of cgroup v1, where a container sees its own at the root", () => {
    const files = (path: string, limit: string, usedBytes: number) => ({
      [`cgroup/memory${path}/memory.limit_in_bytes`]: `${limit}\n`,
      [`cgroup/memory${path}/memory.usage_in_bytes`]: `${usedBytes}\n`,
      [`cgroup/memory${path}/memory.stat`]: `inactive_file 1\ntotal_inactive_file ${1 * GiB}\n`,
    });
    const roots = system({
      "proc/self/cgroup": "5:cpu,cpuacct:/docker/x\n4:hugetlb,memory:/docker/x\n0::/\n",
      ...files("", String(8 * GiB), 6 * GiB),
    });
    expect(readMemoryUsage(roots)).toEqual({
      usedBytes: 5 * GiB,
      limitBytes: 8 * GiB,
      source: "limit of cgroup /",
    });
    const unlimited = system({ "proc/self/cgroup": "4:memory:/\n", ...files("", "9223372036854771712", 6 * GiB) });
    expect(readMemoryUsage(unlimited)).toMatchObject({ source: "this machine" });
  });

  it("ignores limits above what the machine has", () => {
    const roots = system({ "proc/self/cgroup": "0::/a\n", ...cgroup("/a", String(128 * GiB), 1 * GiB) });
    expect(readMemoryUsage(roots)).toMatchObject({ source: "this machine" });
  });

  it("finds the root where the path leads out of the namespace", () => {
    const roots = system({ "proc/self/cgroup": "0::/../../other\n", ...cgroup("", String(2 * GiB), 1 * GiB) });
    expect(readMemoryUsage(roots)).toMatchObject({ limitBytes: 2 * GiB });
  });

  it("is never less than nothing, whatever the order in which the kernel counts", () => {
    const roots = system({ "proc/self/cgroup": "0::/\n", ...cgroup("", String(2 * GiB), 1000, 2000) });
    expect(readMemoryUsage(roots)).toMatchObject({ usedBytes: 0 });
  });

  it("has no figures to make up where /proc lacks them", async () => {
    const roots = system({ "proc/meminfo": "MemTotal: 5 kB\n" });
    expect(await runOnce(createMemoryCheck({ maxUsed: 0.9 }, roots))).toMatchObject({
      status: "unhealthy",
      reason: "memory_unreadable",
      message: `${roots.proc}/meminfo has no MemTotal and MemAvailable`,
    });
  });

  it.each(["proc/meminfo", "proc/self/cgroup", "cgroup/memory.max"])(
    "says what the system said where %s cannot be read, and takes no other figure for it",
    async (path) => {
      const roots = system({ "proc/self/cgroup": "0::/\n", ...cgroup("", String(2 * GiB), 1 * GiB) });
      const file = join(roots.proc, "..", path);
      rmSync(file);
      mkdirSync(file);
      expect(await runOnce(createMemoryCheck({ maxUsed: 0.9 }, roots))).toMatchObject({
        status: "unhealthy",
        reason: "memory_unreadable",
        message: expect.stringMatching(/^\/.+ cannot be read: EISDIR: /),
      });
    },
  );

  it("says which file is missing where there is no /proc", async () => {
    const result = await runOnce(createMemoryCheck({ maxUsed: 0.9 }, nowhere));
    expect(result).toMatchObject({
      reason: "memory_unreadable",
      message: expect.stringMatching(/meminfo cannot be read: ENOENT: /),
    });
  });
});

describe("memory check", () => {
  it("is healthy up to the limit and unhealthy over it", () => {
    const usage = { limitBytes: 8 * GiB, source: "limit of cgroup /" };
    expect(judgeMemory({ ...usage, usedBytes: 7.2 * GiB }, { maxUsed: 0.9 })).toMatchObject({ status: "healthy" });
    expect(judgeMemory({ ...usage, usedBytes: 7.3 * GiB }, { maxUsed: 0.9 })).toMatchObject({
      status: "unhealthy",
      reason: "insufficient_memory",
      message: "91.3 % of memory used (7.3 GiB of 8 GiB, limit of cgroup /), 90 % allowed",
      readings: { usedBytes: { ok: true, value: 7.3 * GiB }, limitBytes: { ok: true, value: 8 * GiB } },
    });
  });

  it("is unhealthy where less is left than must be, however large the machine", () => {
    const usage = { limitBytes: 512 * GiB, usedBytes: 440 * GiB, source: "this machine" };
    const limits = { maxUsed: 0.9, minFree: 64 * GiB };
    expect(judgeMemory(usage, limits)).toMatchObject({ status: "healthy" });
    expect(judgeMemory({ ...usage, usedBytes: 450 * GiB }, limits)).toMatchObject({
      status: "unhealthy",
      reason: "insufficient_memory",
      message: "62 GiB of memory left, 64 GiB needed: 87.9 % of memory used (450 GiB of 512 GiB, this machine)",
    });
  });

  it("reads this machine", async () => {
    const result = await runOnce(createCheck("memory", { maxUsed: "100%" }));
    expect(result).toMatchObject({ status: "healthy" });
  });
});
