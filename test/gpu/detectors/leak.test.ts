import { describe, expect, it } from "vitest";
import { emptyMemoryTrend, leakFindings, type MemoryTrend, observeMemory } from "../../../src/gpu/detectors/leak.js";
import { gib, inspection, memoryWithFree, missing, ok, snapshot } from "../../support/gpu.js";

const windowMs = 600_000;
const minutes = (count: number): number => count * 60_000;
const process = (pid: number) => ({ pid, kind: "compute" as const, usedBytes: ok(gib), exists: true });
const pidsAt = (...pids: number[]) => inspection({ processes: ok(pids.map(process)) });

/** A snapshot each second for so many minutes, with the free memory at that time. */
function observed(
  forMinutes: number,
  freeBytesAt: (atMs: number) => number,
  processesAt: (atMs: number) => ReturnType<typeof inspection> = () => pidsAt(7),
): MemoryTrend {
  let trend = emptyMemoryTrend;
  for (let atMs = 1000; atMs <= minutes(forMinutes); atMs += 1000) {
    const newest = snapshot({ sampledAtMs: atMs, memory: memoryWithFree(freeBytesAt(atMs)) });
    trend = observeMemory(trend, newest, processesAt(atMs), windowMs);
  }
  return trend;
}

const leak = (atMs: number): number => 60 * gib - (atMs / 60_000) * gib;
const findings = (trend: MemoryTrend) => leakFindings(trend, windowMs);

describe("a leak", () => {
  it("is free memory that falls steadily for a whole window, with the time left at this slope", () => {
    expect(findings(observed(8, leak))).toEqual([]);
    expect(findings(observed(10, leak))).toEqual([
      {
        fault: "gpu_memory_leak_suspected",
        detail: "1 GiB a minute, 50.1 GiB left: full in 50 min at this slope",
        remedy: "restart pid 7 at a good time, before an allocation fails",
      },
    ]);
  });

  it("is seen through noise", () => {
    const noisy = (atMs: number): number => leak(atMs) + Math.sin(atMs) * 0.5 * gib;
    expect(findings(observed(12, noisy))).toHaveLength(1);
  });

  it.each<[string, (atMs: number) => number]>([
    ["memory that stays", () => 20 * gib],
    ["memory that comes and goes", (atMs) => (20 + 10 * Math.sin(atMs / 60_000)) * gib],
    ["one step, as when a model is loaded", (atMs) => (atMs < minutes(9) ? 60 : 10) * gib],
    ["a program that has filled its cache", (atMs) => Math.max(50 * gib, 60 * gib - (atMs / 6000) * gib)],
    ["a fall of less than 64 MiB", (atMs) => 60 * gib - atMs * 100],
    ["a fall that takes days", (atMs) => 100 * gib - atMs * 200],
    ["memory that is given back", (atMs) => 20 * gib + atMs * 1000],
  ])("is not %s", (_, freeBytesAt) => {
    expect(findings(observed(15, freeBytesAt))).toEqual([]);
  });

  it("is not seen where processes came or went, or are not known", () => {
    expect(findings(observed(12, leak, (atMs) => (atMs < minutes(5) ? pidsAt(7) : pidsAt(7, 8))))).toEqual([]);
    expect(findings(observed(12, leak, () => inspection({ processes: missing(3, "unsupported") })))).toEqual([]);
    expect(findings(observed(12, leak, () => pidsAt()))).toEqual([]);
  });

  it("needs no more memory the longer it lasts", () => {
    expect(observed(60, leak).points.length).toBeLessThanOrEqual(60);
  });
});
