import { describe, expect, it } from "vitest";
import {
  describeProcess,
  emptyOrphanHistory,
  memoryHolders,
  observeOrphans,
  orphanFindings,
  programOf,
} from "../../../src/gpu/detectors/processes.js";
import type { GpuProcess } from "../../../src/gpu/inspection.js";
import { gib, inspection, missing, ok } from "../../support/gpu.js";

const process = (pid: number, changes: Partial<GpuProcess> = {}): GpuProcess => ({
  pid,
  kind: "compute",
  usedBytes: ok(gib),
  exists: true,
  ...changes,
});

describe("memory of processes that are gone", () => {
  const inspect = (...steps: readonly (readonly GpuProcess[])[]) => {
    const inspections = steps.map((processes) => inspection({ processes: ok(processes) }));
    return orphanFindings(inspections.reduce(observeOrphans, emptyOrphanHistory), inspections.at(-1) ?? inspection());
  };
  const gone = process(4711, { exists: false, name: "/usr/bin/python3" });

  it("is a fault when it is seen twice in a row", () => {
    expect(inspect([gone])).toEqual([]);
    expect(inspect([gone], [gone])).toEqual([{ fault: "gpu_memory_orphaned", detail: "pid 4711 python3 1 GiB" }]);
    expect(inspect([gone], [], [gone])).toEqual([]);
  });

  it("is none where the process runs, holds nothing, or what it holds is not known", () => {
    const others = [process(1), process(2, { exists: false, usedBytes: ok(0) })];
    const unknown = process(3, { exists: false, usedBytes: missing(3, "unsupported") });
    expect(inspect([...others, unknown], [...others, unknown])).toEqual([]);
  });
});

describe("who holds the memory", () => {
  it("is the largest first, and nobody where it is not known", () => {
    const processes = ok([process(1), process(2, { usedBytes: ok(3 * gib) }), process(3, { usedBytes: missing(3) })]);
    expect(memoryHolders(inspection({ processes })).map(({ pid }) => pid)).toEqual([2, 1]);
    expect(memoryHolders(inspection({ processes: missing(3, "unsupported") }))).toEqual([]);
    expect(memoryHolders(undefined)).toEqual([]);
  });

  it("is described in one short line, whatever a process calls itself", () => {
    expect(describeProcess(process(7))).toBe("pid 7 1 GiB");
    expect(programOf(process(7, { name: `/opt/a\n\u001b[2J${"x".repeat(99)}` }))).toBe(`a[2J${"x".repeat(36)}`);
  });
});
