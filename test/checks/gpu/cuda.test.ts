import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CudaCheck } from "../../../src/checks/gpu/cuda.js";
import { probeAt } from "../../../src/checks/gpu/cuda-probe.js";
import { readReport } from "../../../src/checks/gpu/cuda-report.js";
import type { Answer } from "../../../src/core/check.js";
import { EventLoopDelays } from "../../../src/core/event-loop-delays.js";
import type { Observation } from "../../../src/core/result.js";
import type { LibraryState } from "../../../src/gpu/snapshot.js";
import { FakeProbe, outcome, told } from "../../support/cuda.js";
import { FakeGpus, gib, gpuView, memoryWithFree, missing, ok, ready, snapshot } from "../../support/gpu.js";
import { ManualClock } from "../../support/manual-clock.js";

const first = "GPU-00000000";
const second = "GPU-00000001";
const killed = { kind: "killed" } as const;
const both = [gpuView(), gpuView({ index: 1 })];
const idle = ok({ gpuRatio: 0, memoryRatio: 0 });
const busy = ok({ gpuRatio: 0.97, memoryRatio: 0.5 });

let clock: ManualClock;
let gpus: FakeGpus;
let probe: FakeProbe;

beforeEach(() => {
  vi.stubEnv("CUDA_VISIBLE_DEVICES", undefined);
  clock = new ManualClock();
  gpus = new FakeGpus();
  probe = new FakeProbe();
});

afterEach(() => vi.unstubAllEnvs());

const checkIn = (mode: "init" | "kernel"): CudaCheck =>
  new CudaCheck(
    { mode, waitOverUtilization: 0.5, waitUnderFreeMemory: gib },
    { clock, eventLoop: new EventLoopDelays(clock), gpus, gpuStallAfterMs: 5000, timeoutMs: 5000 },
    probe.run,
  );

const run = async (check: CudaCheck): Promise<readonly Observation[]> => {
  const answer: Answer = await check.run(new AbortController().signal);
  return "status" in answer ? [{ result: answer }] : answer;
};
const summary = (observations: readonly Observation[]) =>
  observations.map(({ subject, result }) => [subject?.name ?? "", result.status, result.reason]);
const only = (observations: readonly Observation[]) => {
  expect(observations).toHaveLength(1);
  return observations[0]?.result;
};

const setUtilization = (utilization: ReturnType<typeof ok<{ gpuRatio: number; memoryRatio: number }>>): void => {
  gpus.views = [gpuView({ snapshot: snapshot({ utilization, sampledAtMs: clock.nowMs() }) })];
};

describe("mode init", () => {
  it("says of each GPU that CUDA starts and shows it, and runs no kernel", async () => {
    gpus.views = both;
    probe.willGive(outcome([...told.started(first, second), ...told.done]));
    const observations = await run(checkIn("init"));
    expect(summary(observations)).toEqual([
      ["gpu/0", "healthy", "ok"],
      ["gpu/1", "healthy", "ok"],
    ]);
    expect(observations[0]?.result).toEqual({
      status: "healthy",
      reason: "ok",
      message: "CUDA 12.8 starts and shows gpu/0",
      readings: { initSeconds: { ok: true, value: 0.0125 } },
    });
    expect(probe.requests).toEqual([{ kernels: [], env: {} }]);
  });

  it("names a GPU that NVML shows and CUDA does not", async () => {
    gpus.views = both;
    probe.willGive(outcome([...told.started(first), ...told.done]));
    expect(summary(await run(checkIn("init")))).toEqual([
      ["gpu/0", "healthy", "ok"],
      ["gpu/1", "unhealthy", "cuda_gpu_missing"],
    ]);
  });

  it("misses no GPU that CUDA_VISIBLE_DEVICES hides, or that is beside a MIG instance", async () => {
    gpus.views = both;
    vi.stubEnv("CUDA_VISIBLE_DEVICES", "0");
    probe.willGive(outcome([...told.started(first), ...told.done]));
    expect(summary(await run(checkIn("init")))).toEqual([["gpu/0", "healthy", "ok"]]);
    vi.stubEnv("CUDA_VISIBLE_DEVICES", undefined);
    probe.willGive(outcome([...told.started(), ...told.device(second, { isMig: true }), ...told.done]));
    expect(summary(await run(checkIn("init")))).toEqual([["gpu/1", "healthy", "ok"]]);
  });

  it("gives one result where there is no NVML", async () => {
    gpus.state = { phase: "off" };
    probe.willGive(outcome([...told.started(first, second), ...told.done]));
    expect(only(await run(checkIn("init")))).toMatchObject({
      status: "healthy",
      message: `CUDA 12.8 starts and shows ${first} (the worst of 2 GPUs)`,
    });
  });

  it("waits with its first run until NVML has been opened, but not for ever", async () => {
    gpus.state = { phase: "opening", path: "libnvidia-ml.so.1" };
    const check = checkIn("init");
    const changed = vi.fn();
    check.subscribe(changed);
    expect(await run(check)).toEqual([]);
    gpus.announce();
    expect(changed).not.toHaveBeenCalled();
    probe.willGive(outcome([...told.started(first), ...told.done]));
    expect(only(await run(check))?.status).toBe("healthy");
    gpus.state = ready;
    gpus.announce();
    gpus.announce();
    expect(changed).toHaveBeenCalledTimes(1);
  });

  it("refuses a GPU on which nobody may make a context", async () => {
    probe.willGive(outcome([...told.started(), ...told.device(first, { computeMode: 2 }), ...told.done]));
    expect(only(await run(checkIn("init")))).toMatchObject({ status: "unhealthy", reason: "cuda_compute_prohibited" });
  });

  it.each<[string, LibraryState]>([
    ["works", ready],
    ["cannot be opened", { phase: "failed", path: "", reason: "nvml_init_failed", message: "", remedy: "" }],
    ["hangs", { phase: "opening", path: "" }],
  ])("finds the simulated libcuda beside a simulated NVML that %s", async (_, state) => {
    gpus.state = Object.assign({}, state, { path: "/opt/simulator/libnvidia-ml.so.1", simulated: true });
    vi.stubEnv("LD_LIBRARY_PATH", "/usr/local/lib");
    probe.willGive(outcome([...told.started(first), ...told.done]));
    const check = checkIn("init");
    // The first one of a library that is being opened only waits.
    if (state.phase === "opening") await run(check);
    await run(check);
    expect(probe.requests[0]?.env).toEqual({ LD_LIBRARY_PATH: "/opt/simulator:/usr/local/lib" });
  });
});

describe("a start that fails", () => {
  const failing = (code: number, name?: string) => [...told.loaded, ...told.call("cuInit", code, name), ...told.done];

  it.each([
    [100, "unhealthy", "cuda_no_device", true],
    [802, "unhealthy", "cuda_system_not_ready", undefined],
    [803, "unhealthy", "cuda_driver_mismatch", true],
    [804, "unhealthy", "cuda_compat_not_supported", true],
    [999, "unhealthy", "cuda_unknown_error", undefined],
    [34, "unhealthy", "cuda_stub_library", true],
    [2, "degraded", "cuda_out_of_memory", undefined],
    [777, "unhealthy", "cuda_error", undefined],
  ])("gives code %i as %s, %s", async (code, status, reason, immediate) => {
    probe.willGive(outcome(failing(code)));
    const result = only(await run(checkIn("init")));
    expect(result).toMatchObject({
      status,
      reason,
      message: expect.stringContaining(`cuInit gives CUDA error ${code}`),
    });
    expect(result?.remedy).toBeTruthy();
    expect(result?.immediate).toBe(immediate);
  });

  it("says which call failed, with the driver's name of the code and the library", async () => {
    probe.willGive(outcome(failing(803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH")));
    expect(only(await run(checkIn("init")))?.message).toBe(
      "CUDA does not start: cuInit gives CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (803) (library /usr/lib/libcuda.so.1)",
    );
  });

  it("says so of every GPU", async () => {
    gpus.views = both;
    probe.willGive(outcome(failing(802)));
    expect(summary(await run(checkIn("init")))).toEqual([
      ["gpu/0", "unhealthy", "cuda_system_not_ready"],
      ["gpu/1", "unhealthy", "cuda_system_not_ready"],
    ]);
  });

  it.each([
    ["ENOENT", "cuda_device_file_missing"],
    ["EPERM", "cuda_device_file_denied"],
  ])("explains an unknown error by a device file that gives %s", async (error, reason) => {
    probe.willGive(outcome([...failing(999), ...told.deviceFile("/dev/nvidia-uvm", error)]));
    expect(only(await run(checkIn("init")))).toMatchObject({
      reason,
      message: expect.stringContaining(`a device file cannot be opened (/dev/nvidia-uvm: ${error})`),
      immediate: true,
    });
  });

  it("does not explain a version mismatch by a device file", async () => {
    probe.willGive(outcome([...failing(803), ...told.deviceFile("/dev/nvidia-uvm", "ENOENT")]));
    expect(only(await run(checkIn("init")))?.reason).toBe("cuda_driver_mismatch");
  });

  it("tells a library that is missing from one that cannot be used", async () => {
    const notLoaded = (reason: string) => [
      told.loaded[0] ?? "",
      JSON.stringify({ event: "not_loaded", reason, message: "libcuda.so.1: cannot open shared object file" }),
      ...told.done,
    ];
    probe.willGive(outcome(notLoaded("not_found")), outcome(notLoaded("invalid")));
    const check = checkIn("init");
    expect(only(await run(check))).toMatchObject({
      reason: "cuda_library_not_found",
      remedy: expect.stringContaining("NVIDIA_DRIVER_CAPABILITIES=compute"),
    });
    expect(only(await run(check))?.reason).toBe("cuda_library_invalid");
    probe.willGive(outcome([...told.loaded, '{"event":"missing","function":"cuDeviceGetUuid"}', ...told.done]));
    expect(only(await run(check))).toMatchObject({
      reason: "cuda_library_invalid",
      message: expect.stringContaining("has no function cuDeviceGetUuid"),
    });
  });

  it("says which call hung until the program was killed", async () => {
    const check = checkIn("init");
    probe.willGive(outcome([...told.loaded, ...told.calling("cuInit")], killed, Promise.resolve()));
    expect(only(await run(check))).toMatchObject({
      status: "unhealthy",
      reason: "cuda_stalled",
      message: expect.stringContaining("cuInit had not returned"),
    });
    probe.willGive(outcome([...told.started(first), ...told.done]));
    expect(only(await run(check))?.status).toBe("healthy");
  });

  it("starts nothing beside a program that cannot be killed, until it is gone", async () => {
    const check = checkIn("init");
    let vanish = () => {};
    const gone = new Promise<void>((resolve) => {
      vanish = resolve;
    });
    probe.willGive(outcome([...told.loaded, ...told.calling("cuInit")], killed, gone));
    await run(check);
    clock.advance(60_000);
    expect(only(await run(check))).toMatchObject({
      reason: "cuda_stalled",
      message:
        "CUDA does not start: cuInit has not returned for 60 s and cannot be interrupted, so nothing is tried beside it",
    });
    expect(probe.requests).toHaveLength(1);
    vanish();
    await gone;
    probe.willGive(outcome([...told.started(first), ...told.done]));
    expect(only(await run(check))?.status).toBe("healthy");
  });

  it("says which call crashed, and what the crash said", async () => {
    const crash = { kind: "exited", status: null, signal: "SIGSEGV" } as const;
    probe.willGive(outcome([...told.loaded, "malloc(): corrupted top size", ...told.calling("cuInit")], crash));
    expect(only(await run(checkIn("init")))).toMatchObject({
      reason: "cuda_crashed",
      message: "CUDA does not start: the program was ended by SIGSEGV in cuInit: malloc(): corrupted top size",
    });
  });

  it("takes a program that ends without a word for no answer", async () => {
    probe.willGive(outcome(["exec format error"], { kind: "exited", status: 126, signal: null }));
    expect(only(await run(checkIn("init")))).toMatchObject({
      status: "unhealthy",
      reason: "cuda_probe_failed",
      message: "CUDA does not start: the program ended with exit status 126: exec format error",
    });
  });

  it("takes no GPU at all for a fault, even without an error", async () => {
    probe.willGive(outcome([...told.started(), ...told.done]));
    expect(only(await run(checkIn("init")))).toMatchObject({ status: "unhealthy", reason: "cuda_no_device" });
  });
});

describe("mode kernel", () => {
  const computed = (...wrong: readonly number[]) =>
    outcome([
      ...told.started(first, second),
      ...told.computed(first, wrong[0]),
      ...told.computed(second, wrong[1]),
      ...told.done,
    ]);

  it("verifies the result of each GPU", async () => {
    gpus.views = both;
    probe.willGive(computed(0, 3));
    const observations = await run(checkIn("kernel"));
    expect(probe.requests[0]?.kernels).toEqual([first, second]);
    expect(observations[0]?.result).toMatchObject({
      status: "healthy",
      message: "CUDA 12.8 starts and shows gpu/0; a kernel computed the right result in 250 ms",
      readings: { kernelSeconds: { ok: true, value: 0.25 } },
    });
    expect(observations[1]?.result).toMatchObject({
      status: "unhealthy",
      reason: "cuda_wrong_result",
      immediate: true,
      message: "gpu/1 computes wrongly: a kernel's result has 3 wrong words of 1024",
    });
  });

  it.each([
    [214, "unhealthy", "cuda_ecc_uncorrectable"],
    [719, "unhealthy", "cuda_kernel_failed"],
    [221, "degraded", "cuda_jit_unavailable"],
  ])("gives code %i of a call on one GPU as %s, %s, of that GPU only", async (code, status, reason) => {
    gpus.views = both;
    const lines = told.kernel(first, ...told.call("cuLaunchKernel", code), ...told.call("cuCtxDestroy_v2", 4));
    probe.willGive(outcome([...told.started(first, second), ...lines, ...told.computed(second), ...told.done]));
    expect(summary(await run(checkIn("kernel")))).toEqual([
      ["gpu/0", status, reason],
      ["gpu/1", "healthy", "ok"],
    ]);
  });

  it("leaves a busy GPU alone, and says that no kernel has run", async () => {
    setUtilization(busy);
    probe.willGive(outcome([...told.started(first), ...told.done]));
    expect(only(await run(checkIn("kernel")))).toMatchObject({
      status: "healthy",
      reason: "ok",
      message:
        "CUDA 12.8 starts and shows gpu/0; no kernel was run yet: it is busy (utilization 97 %, kernels wait over 50 %)",
    });
    expect(probe.requests[0]?.kernels).toEqual([]);
  });

  it("still asks whether CUDA starts while the GPU is busy", async () => {
    setUtilization(busy);
    probe.willGive(outcome([...told.loaded, ...told.call("cuInit", 802), ...told.done]));
    expect(only(await run(checkIn("kernel")))?.reason).toBe("cuda_system_not_ready");
  });

  it("keeps a good verdict while the GPU is busy, with its age", async () => {
    const check = checkIn("kernel");
    setUtilization(idle);
    probe.willGive(outcome([...told.started(first), ...told.computed(first), ...told.done]));
    await run(check);
    clock.advance(300_000);
    setUtilization(busy);
    probe.willGive(outcome([...told.started(first), ...told.done]));
    const [kept] = await run(check);
    expect(kept?.observedAtMs).toBe(0);
    expect(kept?.result.message).toContain(
      "a kernel computed the right result in 250 ms 5 min ago, none was run since",
    );
  });

  it("keeps a bad verdict while the GPU is busy, on the evidence of then", async () => {
    const check = checkIn("kernel");
    setUtilization(idle);
    probe.willGive(outcome([...told.started(first), ...told.computed(first, 1), ...told.done]));
    await run(check);
    clock.advance(300_000);
    setUtilization(busy);
    probe.willGive(outcome([...told.started(first), ...told.done]));
    const [kept] = await run(check);
    expect(kept).toMatchObject({ observedAtMs: 0, result: { status: "unhealthy", reason: "cuda_wrong_result" } });
    expect(kept?.result.message).toContain("(5 min ago; not tried again since: it is busy");
    setUtilization(idle);
    probe.willGive(outcome([...told.started(first), ...told.computed(first), ...told.done]));
    expect(only(await run(check))?.status).toBe("healthy");
  });

  it("leaves a full GPU alone, also one that is full only when the kernel comes", async () => {
    const check = checkIn("kernel");
    gpus.views = [gpuView({ snapshot: snapshot({ memory: memoryWithFree(gib / 2) }) })];
    probe.willGive(outcome([...told.started(first), ...told.done]));
    expect(only(await run(check))?.message).toContain("its memory is in use (0.5 GiB free, kernels wait under 1 GiB)");
    gpus.views = [gpuView()];
    const full = told.kernel(first, ...told.call("cuCtxCreate_v2", 2, "CUDA_ERROR_OUT_OF_MEMORY"));
    probe.willGive(outcome([...told.started(first), ...full, ...told.done]));
    expect(only(await run(check))).toMatchObject({
      status: "healthy",
      message: expect.stringContaining("it is taken or full: cuCtxCreate_v2 gives CUDA_ERROR_OUT_OF_MEMORY (2)"),
    });
  });

  it("does not wait for what NVML cannot tell", async () => {
    const unknown = snapshot({ utilization: missing(3, "unsupported"), memory: missing(999) });
    gpus.views = [gpuView({ snapshot: unknown }), gpuView({ index: 1, snapshot: snapshot({ utilization: busy }) })];
    clock.advance(5000);
    probe.willGive(computed());
    await run(checkIn("kernel"));
    expect(probe.requests[0]?.kernels).toEqual([first, second]);
  });

  it("tries every GPU where there is no NVML to ask", async () => {
    gpus.state = { phase: "off" };
    probe.willGive(computed(0, 1));
    expect(only(await run(checkIn("kernel")))?.message).toContain(`${second} computes wrongly`);
    expect(probe.requests[0]?.kernels).toBe("all");
  });

  it("blames the GPU on which the program hung, and tries it last the next time", async () => {
    gpus.views = both;
    const check = checkIn("kernel");
    const hung = [...told.started(first, second), ...told.kernel(first, ...told.calling("cuCtxSynchronize"))];
    probe.willGive(outcome(hung, killed, Promise.resolve()));
    const observations = await run(check);
    expect(summary(observations)).toEqual([
      ["gpu/0", "unhealthy", "cuda_stalled"],
      ["gpu/1", "healthy", "ok"],
    ]);
    expect(observations[1]?.result.message).toContain("no kernel was run yet: it had no turn in this run");
    probe.willGive(computed());
    expect(summary(await run(check))).toEqual([
      ["gpu/0", "healthy", "ok"],
      ["gpu/1", "healthy", "ok"],
    ]);
    expect(probe.requests[1]?.kernels).toEqual([second, first]);
  });

  it("goes on with the other GPUs while the driver holds the program of one", async () => {
    gpus.views = both;
    const check = checkIn("kernel");
    const hung = [...told.started(first, second), ...told.kernel(first, ...told.calling("cuCtxSynchronize"))];
    probe.willGive(outcome(hung, killed, new Promise(() => {})));
    await run(check);
    clock.advance(4000);
    probe.willGive(outcome([...told.started(first, second), ...told.computed(second), ...told.done]));
    const observations = await run(check);
    expect(probe.requests[1]?.kernels).toEqual([second]);
    expect(summary(observations)).toEqual([
      ["gpu/0", "unhealthy", "cuda_stalled"],
      ["gpu/1", "healthy", "ok"],
    ]);
    expect(observations[0]?.result.message).toContain("cuCtxSynchronize has not returned for 4 s");
  });

  it("blames the GPU on which the program crashed", async () => {
    gpus.views = both;
    const crashed = [...told.started(first, second), ...told.kernel(first, ...told.calling("cuModuleLoadData"))];
    probe.willGive(outcome(crashed, { kind: "exited", status: null, signal: "SIGKILL" }));
    const [result] = await run(checkIn("kernel"));
    expect(result?.result).toMatchObject({
      reason: "cuda_crashed",
      message: "gpu/0 does not compute: the program was ended by SIGKILL in cuModuleLoadData",
      remedy: expect.stringContaining("out-of-memory killer"),
    });
  });
});

it("says how to build the program where it is not there", async () => {
  const running = probeAt("/nonexistent/probe")({ kernels: [], env: {} }, new AbortController().signal);
  await expect(running).rejects.toMatchObject({
    reason: "cuda_probe_missing",
    message: "the program that asks CUDA is not built: there is no /nonexistent/probe",
    remedy: expect.stringContaining("npm rebuild gpu-health"),
  });
});

it("reads a report that breaks off in the middle of a line", () => {
  const report = readReport(`${told.loaded.join("\n")}\n{"event":"calli`);
  expect(report).toMatchObject({ libraryPath: "/usr/lib/libcuda.so.1", isComplete: false });
  expect(report.otherLines).toEqual(['{"event":"calli']);
});
