import { describe, expect, it } from "vitest";
import { gpu } from "../../../src/checks/gpu/gpu.js";
import type { Answer } from "../../../src/core/check.js";
import { EventLoopDelays } from "../../../src/core/event-loop-delays.js";
import type { Observation } from "../../../src/core/result.js";
import { FaultCatalogue } from "../../../src/gpu/faults/catalogue.js";
import { emptyRecord } from "../../../src/gpu/faults/record.js";
import type { LibraryState } from "../../../src/gpu/snapshot.js";
import type { TrackedGpu } from "../../../src/gpu/source.js";
import { FakeGpus, gib, gpuView, memoryWithFree, ok, snapshot } from "../../support/gpu.js";
import { ManualClock } from "../../support/manual-clock.js";

function run(gpus: FakeGpus, options: Record<string, unknown> = {}, clock = new ManualClock()): Answer {
  const check = gpu.create(gpu.options().parse(options), {
    clock,
    eventLoop: new EventLoopDelays(clock),
    gpus,
    gpuStallAfterMs: 5000,
    timeoutMs: 5000,
  });
  const answer = check.run(new AbortController().signal);
  if (answer instanceof Promise) throw new Error("the gpu check must not wait");
  return answer;
}

const observations = (answer: Answer): readonly Observation[] => ("status" in answer ? [{ result: answer }] : answer);
const summary = (answer: Answer) =>
  observations(answer).map(({ subject, result }) => [subject?.name ?? "", result.status, result.reason]);

function withLibrary(state: LibraryState): FakeGpus {
  const gpus = new FakeGpus();
  gpus.views = [];
  gpus.state = state;
  return gpus;
}

/** A full GPU that is shared out in instances with this memory. */
function shared(...memories: readonly TrackedGpu["migInstances"][number]["memory"][]): TrackedGpu {
  const migInstances = memories.map((memory, index) => ({
    gpuInstanceId: index + 1,
    computeInstanceId: 0,
    uuid: ok(`MIG-${index + 1}`),
    name: ok("NVIDIA H200 MIG 1g.18gb"),
    memory,
  }));
  return gpuView({ migInstances, snapshot: snapshot({ sampledAtMs: 7, memory: memoryWithFree(0) }) });
}

describe("the gpu check", () => {
  it("observes each GPU by itself", () => {
    const gpus = new FakeGpus();
    const full = gpuView({ index: 1, snapshot: snapshot({ memory: memoryWithFree(gib), sampledAtMs: 7 }) });
    gpus.views = [gpuView(), full];
    const answer = run(gpus, { minFreeMemory: "2GiB" });
    expect(summary(answer)).toEqual([
      ["gpu/0", "healthy", "ok"],
      ["gpu/1", "unhealthy", "insufficient_gpu_memory"],
    ]);
    expect(observations(answer)[1]).toMatchObject({
      observedAtMs: 7,
      subject: { aliases: ["gpu/GPU-00000001"], labels: { gpu: "1", uuid: "GPU-00000001", name: "NVIDIA H200" } },
    });
  });

  it("judges the chosen GPUs only", () => {
    const gpus = new FakeGpus();
    gpus.views = [gpuView(), gpuView({ index: 1 }), gpuView({ index: 2 })];
    expect(summary(run(gpus, { devices: [0, "GPU-00000002"] }))).toEqual([
      ["gpu/0", "healthy", "ok"],
      ["gpu/2", "healthy", "ok"],
    ]);
  });

  it("misses a chosen GPU that is not visible", () => {
    const answer = run(new FakeGpus(), { devices: [0, 3] });
    expect(summary(answer)).toEqual([
      ["", "unhealthy", "gpu_missing"],
      ["gpu/0", "healthy", "ok"],
    ]);
    expect(observations(answer)[0]?.result.message).toContain("not visible: 3");
  });

  it("misses GPUs that are expected and not there, at the start and when one is lost", () => {
    const gpus = new FakeGpus();
    gpus.views = [gpuView(), gpuView({ index: 1 })];
    expect(summary(run(gpus, { expect: { count: 2, uuids: ["GPU-00000001"] } }))).toEqual([
      ["gpu/0", "healthy", "ok"],
      ["gpu/1", "healthy", "ok"],
    ]);
    expect(observations(run(gpus, { expect: { count: 3 } }))[0]?.result).toMatchObject({
      status: "unhealthy",
      reason: "gpu_missing",
      immediate: true,
      message: "2 of 3 expected GPUs are there; there are gpu/0 (GPU-00000000), gpu/1 (GPU-00000001)",
      remedy: expect.stringContaining("correct `expect`"),
    });
    const handleError = { code: 15, name: "NVML_ERROR_GPU_IS_LOST" };
    gpus.views = [gpuView(), gpuView({ index: 1, handleError })];
    expect(summary(run(gpus, { expect: { count: 2 } }))).toEqual([
      ["", "unhealthy", "gpu_missing"],
      ["gpu/0", "healthy", "ok"],
      ["gpu/1", "unhealthy", "gpu_lost"],
    ]);
    const uuids = ["GPU-00000001", "MIG-9"];
    expect(observations(run(gpus, { expect: { uuids } }))[0]?.result).toMatchObject({
      message: "lost: gpu/1 (GPU-00000001); not visible: MIG-9; there are gpu/0 (GPU-00000000)",
      remedy: expect.stringMatching(/^drain the node and reboot it/),
    });
    gpus.views = [];
    expect(run(gpus, { expect: { count: 1 } })).toMatchObject({ reason: "gpu_missing" });
  });

  it("has no answer before each GPU has one", () => {
    const gpus = new FakeGpus();
    gpus.views = [gpuView(), gpuView({ index: 1, snapshot: undefined })];
    expect(run(gpus)).toEqual([]);
  });

  it("observes each MIG instance by itself, with limits on its memory instead of its GPU's", () => {
    const gpus = new FakeGpus();
    gpus.views = [shared(memoryWithFree(gib, 18 * gib), memoryWithFree(10 * gib, 18 * gib))];
    const answer = run(gpus, { minFreeMemory: "2GiB" });
    expect(summary(answer)).toEqual([
      ["gpu/0", "healthy", "ok"],
      ["gpu/0/mig/1.0", "unhealthy", "insufficient_gpu_memory"],
      ["gpu/0/mig/2.0", "healthy", "ok"],
    ]);
    expect(observations(answer)[1]).toMatchObject({
      observedAtMs: 7,
      subject: {
        aliases: ["gpu/MIG-1"],
        labels: { gpu: "0", mig: "1.0", uuid: "MIG-1", name: "NVIDIA H200 MIG 1g.18gb" },
      },
      result: { readings: { memoryFreeBytes: { ok: true, value: gib } } },
    });
  });

  it("takes a fault of the GPU for one of all its instances, and a fault of an instance for that one's", () => {
    const gpus = new FakeGpus();
    const gpu = shared(memoryWithFree(gib), memoryWithFree(gib));
    const fault = { detail: "", remedy: "", sinceMs: 0, lastSeenMs: 0, count: 1, pids: [] };
    const row = new FaultCatalogue().ofXid(79);
    gpus.views = [{ ...gpu, record: { ...emptyRecord, faults: [{ ...fault, row }] } }];
    expect(summary(run(gpus)).map(([, status, reason]) => [status, reason])).toEqual(
      Array(3).fill(["unhealthy", "xid_79"]),
    );
    const instance = { gpuInstanceId: 2, computeInstanceId: 0 };
    gpus.views = [{ ...gpu, record: { ...emptyRecord, faults: [{ ...fault, row, instance }] } }];
    expect(summary(run(gpus)).map(([, status]) => status)).toEqual(["healthy", "healthy", "unhealthy"]);
    const gone = { gpuInstanceId: 9, computeInstanceId: 0 };
    gpus.views = [{ ...gpu, record: { ...emptyRecord, faults: [{ ...fault, row, instance: gone }] } }];
    expect(summary(run(gpus)).map(([, status]) => status)).toEqual(["unhealthy", "healthy", "healthy"]);
    expect(observations(run(gpus))[0]?.result.message).toMatch(/^gpu\/0\/mig\/9\.0 has fallen/);
  });

  it("has no answer while NVML is being opened, and calls it a hang when that does not end", () => {
    const call = { function: "nvmlInit_v2", startedAtMs: 0 };
    const gpus = withLibrary({ phase: "opening", path: "libnvidia-ml.so.1", call });
    expect(run(gpus, {}, new ManualClock(4999))).toEqual([]);
    const answer = run(gpus, {}, new ManualClock(6000));
    expect(answer).toMatchObject({ status: "unhealthy", reason: "nvml_stalled", immediate: true });
    expect(observations(answer)[0]?.result.message).toContain("nvmlInit_v2 has not returned for 6 s");
  });

  it.each<[LibraryState, string]>([
    [{ phase: "off" }, "gpu_mode_off"],
    [
      { phase: "failed", path: "x", reason: "nvml_library_not_found", message: "not found", remedy: "install it" },
      "nvml_library_not_found",
    ],
  ])("is unhealthy without a library: %o", (library, reason) => {
    expect(run(withLibrary(library))).toMatchObject({ status: "unhealthy", reason });
  });

  it("is unhealthy where NVML shows no GPU", () => {
    const gpus = new FakeGpus();
    gpus.views = [];
    expect(run(gpus)).toMatchObject({ status: "unhealthy", reason: "no_gpu_visible" });
  });

  it.each([
    { devices: [] },
    { devices: "some" },
    { devices: [-1] },
    { minFreeMemory: 2 },
    { minFree: "2GiB" },
    { expect: { uuids: ["x"] } },
  ])("refuses %o", (options) => {
    expect(gpu.options().safeParse(options).success).toBe(false);
  });
});
