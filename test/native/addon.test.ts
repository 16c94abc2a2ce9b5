import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import type { NativeGpu, NativeSampler, NativeStatus, SamplerOptions } from "../../src/gpu/addon.js";
import { eventually } from "../e2e/support/eventually.js";
import { simulatorPath } from "../e2e/support/paths.js";
import { addon, StateFile } from "./support.js";

const { Sampler, returnCodeName } = addon();

const samplers: NativeSampler[] = [];
afterEach(() => {
  for (const sampler of samplers.splice(0)) sampler.stop();
});

function sample(options: Partial<SamplerOptions> = {}): NativeSampler {
  const sampler = new Sampler({ libraryPath: simulatorPath, intervalMs: 10, onChange: () => {}, ...options });
  samplers.push(sampler);
  return sampler;
}

async function phase(sampler: NativeSampler, wanted: NativeStatus["phase"]): Promise<NativeStatus> {
  return eventually(() => {
    const status = sampler.status();
    expect(status.phase).toBe(wanted);
    return status;
  });
}

function gpu(status: NativeStatus, index: number): NativeGpu {
  const found = status.gpus[index];
  if (found === undefined) throw new Error(`no GPU ${index} in ${JSON.stringify(status)}`);
  return found;
}

const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;

describe("status", () => {
  it("gives every reading of every GPU", async () => {
    const startedAtMs = nowMs();
    new StateFile(
      "model = rtx4090",
      "count = 2",
      "gpu.1.memory.free = 300MiB",
      "gpu.1.utilization.gpu = 97",
      "gpu.1.utilization.memory = 41",
      "gpu.1.temperature = 88",
      "gpu.1.power = 440000",
    ).use();
    const status = await phase(sample(), "ready");
    expect(status).toMatchObject({
      path: simulatorPath,
      simulated: true,
      driverVersion: { ok: true, value: "580.95.05" },
      nvmlVersion: { ok: true, value: "13.580.95.05" },
      cudaDriverVersion: { ok: true, value: 13000 },
    });
    expect(status.error).toBeUndefined();
    expect(status.gpus.map(({ index }) => index)).toEqual([0, 1]);
    const { snapshot, ...identity } = gpu(status, 1);
    expect(identity).toMatchObject({
      handle: { ok: true },
      uuid: { ok: true, value: expect.stringMatching(/^GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) },
      name: { ok: true, value: "NVIDIA GeForce RTX 4090" },
      pciBusId: { ok: true, value: "00000000:2B:00.0" },
      serial: { ok: false, code: 3 },
    });
    const mebibyte = 2 ** 20;
    expect(snapshot).toEqual({
      sequence: expect.any(Number),
      sampledAtMs: expect.any(Number),
      durationMs: expect.any(Number),
      memory: {
        ok: true,
        value: {
          totalBytes: 24564 * mebibyte,
          usedBytes: (24564 - 346 - 300) * mebibyte,
          reservedBytes: { ok: true, value: 346 * mebibyte },
          freeBytes: 300 * mebibyte,
        },
      },
      utilization: { ok: true, value: { gpuPercent: 97, memoryPercent: 41 } },
      temperatureCelsius: { ok: true, value: 88 },
      powerMilliwatts: { ok: true, value: 440000 },
      powerLimitMilliwatts: { ok: true, value: 450000 },
      graphicsClockMhz: { ok: true, value: 210 },
      smClockMhz: { ok: true, value: 210 },
      memoryClockMhz: { ok: true, value: 405 },
      memoryTemperatureCelsius: { ok: false, code: 3 },
      temperatureMarginCelsius: { ok: true, value: -4 },
      clocksEventReasons: { ok: true, value: 1 },
    });
    expect(snapshot?.sampledAtMs).toBeGreaterThan(startedAtMs);
    expect(snapshot?.sampledAtMs).toBeLessThanOrEqual(nowMs());
  });

  it("gives the same frozen GPU while nothing of it changes", async () => {
    new StateFile("model = l4").use();
    const sampler = sample({ intervalMs: 86_400_000 });
    await phase(sampler, "ready");
    const first = await eventually(() => {
      const { call, ...shown } = gpu(sampler.status(), 0);
      expect(shown.inspection).toBeDefined();
      expect(call).toBeUndefined();
      return gpu(sampler.status(), 0);
    });
    expect([first, first.snapshot, first.inspection].every((each) => Object.isFrozen(each))).toBe(true);
    expect(gpu(sampler.status(), 0)).toBe(first);
  });

  it("keeps of a GPU what is not newer, and reads the rest anew", async () => {
    new StateFile("model = l4").use();
    const sampler = sample({ intervalMs: 50, inspectionIntervalMs: 86_400_000 });
    await phase(sampler, "ready");
    const first = await eventually(() => {
      const shown = gpu(sampler.status(), 0);
      expect(shown.inspection).toBeDefined();
      return shown;
    });
    const later = await eventually(() => {
      const shown = gpu(sampler.status(), 0);
      expect(shown.snapshot?.sequence).toBeGreaterThan(first.snapshot?.sequence ?? 0);
      return shown;
    });
    expect(later.snapshot).not.toBe(first.snapshot);
    expect(later.inspection).toBe(first.inspection);
    expect(later.uuid).toBe(first.uuid);
  });

  it("shows the call that hangs and since when, while the other GPUs stay fresh", async () => {
    const state = new StateFile("count = 2").use();
    const sampler = sample();
    await phase(sampler, "ready");
    const changedAtMs = nowMs();
    state.write("count = 2", "gpu.0.hang.nvmlDeviceGetUtilizationRates = true");
    const call = await eventually(() => {
      const inFlight = gpu(sampler.status(), 0).call;
      expect(inFlight?.function).toBe("nvmlDeviceGetUtilizationRates");
      if (inFlight === undefined || nowMs() - inFlight.startedAtMs < 50) throw new Error("not hanging yet");
      return inFlight;
    });
    expect(call.startedAtMs).toBeGreaterThan(changedAtMs - 20);
    const before = gpu(sampler.status(), 1).snapshot?.sequence ?? 0;
    await eventually(() => expect(gpu(sampler.status(), 1).snapshot?.sequence).toBeGreaterThan(before + 3));
    expect(sampler.stop()).toBe(1);
    expect(sampler.stop()).toBe(1);
    state.write("count = 2");
  });

  it("says which library is missing, and which file is none", async () => {
    const missing = await phase(sample({ libraryPath: "/nowhere/libnvidia-ml.so.1" }), "failed");
    expect(missing.error).toEqual({ reason: "library_not_found", message: expect.stringContaining("/nowhere/") });
    expect(missing.driverVersion).toEqual({ ok: false, code: 1 });
    expect(missing.gpus).toEqual([]);
    const invalid = await phase(sample({ libraryPath: import.meta.filename }), "failed");
    expect(invalid.error?.reason).toBe("library_invalid");
  });

  it("gives NVML's code where NVML does not start", async () => {
    new StateFile("return.nvmlInit_v2 = 18").use();
    const { error } = await phase(sample(), "failed");
    expect(error).toEqual({ reason: "init_failed", code: 18, message: expect.stringContaining("MISMATCH (18)") });
  });
});

describe("onChange", () => {
  it("stands once for all changes while the event loop is busy", async () => {
    new StateFile("count = 8").use();
    let calls = 0;
    const sampler = sample({
      onChange: () => {
        calls += 1;
      },
    });
    await phase(sampler, "ready");
    const before = gpu(sampler.status(), 0).snapshot?.sequence ?? 0;
    calls = 0;
    // The event loop does nothing until there are many more samples.
    while ((gpu(sampler.status(), 0).snapshot?.sequence ?? 0) < before + 10) {}
    const samples = (gpu(sampler.status(), 0).snapshot?.sequence ?? 0) - before;
    await setImmediate();
    await setImmediate();
    // One was queued; another may have come while the loop ran its turns.
    expect(calls).toBeGreaterThanOrEqual(1);
    expect(calls).toBeLessThan(samples / 2);
  });

  it("is not called after stop", async () => {
    new StateFile("count = 8").use();
    let calls = 0;
    const sampler = sample({
      onChange: () => {
        calls += 1;
      },
    });
    await eventually(() => expect(calls).toBeGreaterThan(3));
    expect(sampler.stop()).toBe(0);
    const atStop = calls;
    for (let turn = 0; turn < 100; turn += 1) await setImmediate();
    expect(calls).toBe(atStop);
  });
});

describe("the constructor", () => {
  const onChange = (): void => {};

  it.each([
    ["no options", undefined],
    ["no interval", { onChange }],
    ["an interval of 0", { onChange, intervalMs: 0 }],
    ["an interval that is no number", { onChange, intervalMs: "1s" }],
    ["an interval of NaN", { onChange, intervalMs: Number.NaN }],
    ["an interval of years", { onChange, intervalMs: 1e12 }],
    ["no onChange", { intervalMs: 1000 }],
    ["a library path that is no text", { onChange, intervalMs: 1000, libraryPath: 7 }],
  ])("refuses %s", (_, options) => {
    expect(() => new Sampler(options as unknown as SamplerOptions)).toThrow(/^Sampler: /);
  });
});

describe("returnCodeName", () => {
  it("names codes, known or not", () => {
    expect(returnCodeName(15)).toBe("NVML_ERROR_GPU_IS_LOST");
    expect(returnCodeName(777)).toBe("NVML_ERROR_777");
  });
});
