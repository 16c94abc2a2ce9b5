import { describe, expect, it } from "vitest";
import { gpu } from "../../src/checks/gpu.js";
import type { Answer } from "../../src/core/check.js";
import type { Observation } from "../../src/core/result.js";
import type { LibraryState } from "../../src/gpu/snapshot.js";
import { FakeGpus, gib, gpuView, memoryWithFree, snapshot } from "../support/gpu.js";
import { ManualClock } from "../support/manual-clock.js";

function run(gpus: FakeGpus, options: Record<string, unknown> = {}, clock = new ManualClock()): Answer {
  const check = gpu.create(gpu.options.parse(options), { clock, gpus, gpuStallAfterMs: 5000 });
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
      ["gpu/0", "healthy", "ok"],
      ["", "unhealthy", "gpu_missing"],
    ]);
    expect(observations(answer)[1]?.result.message).toContain("not visible: 3");
  });

  it("has no answer before each GPU has one", () => {
    const gpus = new FakeGpus();
    gpus.views = [gpuView(), gpuView({ index: 1, snapshot: undefined })];
    expect(run(gpus)).toEqual([]);
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

  it.each([{ devices: [] }, { devices: "some" }, { devices: [-1] }, { minFreeMemory: 2 }, { minFree: "2GiB" }])(
    "refuses %o",
    (options) => {
      expect(gpu.options.safeParse(options).success).toBe(false);
    },
  );
});
