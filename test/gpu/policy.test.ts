import { describe, expect, it } from "vitest";
import { FaultCatalogue } from "../../src/gpu/faults/catalogue.js";
import { emptyRecord } from "../../src/gpu/faults/record.js";
import type { GpuLimits } from "../../src/gpu/limits.js";
import { judge, type PolicyContext } from "../../src/gpu/policy.js";
import type { TrackedGpu } from "../../src/gpu/source.js";
import { gib, gpuView, inspection, memoryWithFree, missing, ok, ready, snapshot } from "../support/gpu.js";

const minFreeMemory: GpuLimits["minFreeMemory"] = { limit: { kind: "bytes", bytes: 2 * gib }, forMs: 0 };

function judged(gpu: TrackedGpu, context: Partial<PolicyContext> = {}) {
  return judge(gpu, { limits: {}, library: ready, stallAfterMs: 5000, brokenSince: {}, nowMs: 100, ...context });
}

describe("judge", () => {
  it("is healthy with readings in base units", () => {
    const result = judged(gpuView())?.result;
    expect(result).toMatchObject({ status: "healthy", reason: "ok" });
    expect(result?.readings).toMatchObject({
      memoryFreeBytes: { ok: true, value: 100 * gib },
      memoryReservedBytes: { ok: true, value: gib },
      gpuUtilizationRatio: { ok: true, value: 0.4 },
      powerWatts: { ok: true, value: 180 },
      sampleDurationSeconds: { ok: true, value: 0.002 },
    });
  });

  it("has nothing to say before the first snapshot", () => {
    expect(judged(gpuView({ snapshot: undefined }))).toBeUndefined();
    const call = { function: "nvmlDeviceGetMemoryInfo_v2", startedAtMs: 0 };
    expect(judged(gpuView({ snapshot: undefined, call }))).toBeUndefined();
  });

  it("calls a call that does not return a hang, with its name and for how long, and shows no old readings", () => {
    const call = { function: "nvmlDeviceGetMemoryInfo_v2", startedAtMs: 1000 };
    const gpu = gpuView({ index: 5, call });
    expect(judged(gpu, { nowMs: 4000 })?.result.status).toBe("healthy");
    const result = judged(gpu, { nowMs: 8000 })?.result;
    expect(result).toMatchObject({ status: "unhealthy", reason: "nvml_stalled", immediate: true });
    expect(result?.message).toBe("nvmlDeviceGetMemoryInfo_v2 on gpu/5 has not returned for 7 s: the driver hangs");
    expect(Object.keys(result?.readings ?? {})).toEqual(["lastXid"]);
  });

  it("takes a snapshot that is too old for no data", () => {
    expect(judged(gpuView(), { nowMs: 4999 })?.result.status).toBe("healthy");
    expect(judged(gpuView(), { nowMs: 5000 })?.result).toMatchObject({
      status: "unhealthy",
      reason: "gpu_data_stale",
      immediate: true,
    });
  });

  it("names the call where most of the time since the last snapshot went into it, else the old snapshot", () => {
    const since = (startedAtMs: number) => ({ call: { function: "nvmlDeviceGetMemoryInfo_v2", startedAtMs } });
    expect(judged(gpuView(since(1000)), { nowMs: 5000 })?.result.reason).toBe("nvml_stalled");
    expect(judged(gpuView(since(4000)), { nowMs: 5000 })?.result.reason).toBe("gpu_data_stale");
  });

  /** What is said each 250 ms for a minute while each reading consists of so many calls of so long, once a second. */
  function verdictsWhile(calls: number, callMs: number) {
    const durationMs = calls * callMs;
    const verdicts: string[] = [];
    let brokenSince: PolicyContext["brokenSince"] = {};
    let newest = snapshot({ sampledAtMs: 0 });
    let startedAtMs = 1000;
    for (let nowMs = 250; nowMs < 60_000; nowMs += 250) {
      if (nowMs >= startedAtMs + durationMs) {
        newest = snapshot({ sampledAtMs: startedAtMs + durationMs, durationMs });
        startedAtMs = (Math.floor(newest.sampledAtMs / 1000) + 1) * 1000;
      }
      const inCallMs = nowMs < startedAtMs ? undefined : (nowMs - startedAtMs) % callMs;
      const call = { function: "nvmlDeviceGetMemoryInfo_v2", startedAtMs: nowMs - (inCallMs ?? 0) };
      const gpu = gpuView({ snapshot: newest, ...(inCallMs === undefined ? {} : { call }) });
      const judgement = judged(gpu, { brokenSince, nowMs });
      brokenSince = judgement?.brokenSince ?? {};
      const reason = judgement?.result.reason ?? "";
      if (verdicts.at(-1) !== reason) verdicts.push(reason);
    }
    return verdicts;
  }

  it.each([
    [1, 3000, ["ok"]],
    [10, 300, ["ok"]],
    [1, 4900, ["ok", "nvml_stalled"]],
    [1, 6000, ["ok", "nvml_stalled"]],
    [12, 1000, ["ok", "gpu_data_stale", "nvml_stalled"]],
  ])("does not waver while each reading takes %s calls of %s ms: %s", (calls, callMs, expected) => {
    expect(verdictsWhile(calls, callMs)).toEqual(expected);
  });

  it("calls a hang over with the first reading that was quick", () => {
    const stalledSince = { brokenSince: { stallAfter: 1000 }, nowMs: 8000 };
    const read = (durationMs: number) =>
      judged(gpuView({ snapshot: snapshot({ sampledAtMs: 7990, durationMs }) }), stalledSince);
    expect(read(6000)?.result).toMatchObject({
      reason: "nvml_stalled",
      message: "the newest reading of gpu/0 took 6 s: the driver hardly answers",
    });
    expect(read(40)).toMatchObject({ result: { reason: "ok" } });
    expect(read(40)?.brokenSince).toEqual({});
  });

  it.each([
    [15, "gpu_lost", "unhealthy", true],
    [16, "gpu_reset_required", "unhealthy", true],
    [4, "gpu_no_permission", "unhealthy", true],
    [14, "gpu_corrupted_inforom", "degraded", undefined],
    [999, "nvml_error", "unhealthy", undefined],
    [10, "nvml_timeout", "unhealthy", undefined],
    [777, "nvml_error", "unhealthy", undefined],
  ])("makes of return code %s: %s, %s", (code, reason, status, immediate) => {
    const result = judged(gpuView({ snapshot: snapshot({ temperatureCelsius: missing(code) }) }))?.result;
    expect(result).toMatchObject({ status, reason });
    expect(result?.immediate).toBe(immediate);
    expect(result?.message).toContain(`NVML_ERROR_${code} on reading its temperature`);
  });

  it("says of two faults that are as bad the one that takes effect at once, whichever was read first", () => {
    const two = (memory: number, temperature: number) =>
      judged(gpuView({ snapshot: snapshot({ memory: missing(memory), temperatureCelsius: missing(temperature) }) }))
        ?.result;
    expect(two(999, 15)).toMatchObject({ reason: "gpu_lost", immediate: true });
    expect(two(15, 999)).toMatchObject({ reason: "gpu_lost", immediate: true });
    expect(two(4, 15)).toMatchObject({ reason: "gpu_no_permission", immediate: true });
    expect(two(999, 10)?.reason).toBe("nvml_error");
  });

  it("does not let a broken limit hold up what takes effect at once", () => {
    const { temperatureCelsius, memory } = { temperatureCelsius: missing(16), memory: memoryWithFree(gib) };
    const result = judged(gpuView({ snapshot: snapshot({ memory, temperatureCelsius }) }), {
      limits: { minFreeMemory },
    })?.result;
    expect(result).toMatchObject({ reason: "gpu_reset_required", immediate: true });
  });

  it.each([3, 13, 25, 26])("takes return code %s for a value that the card does not have", (code) => {
    const result = judged(gpuView({ snapshot: snapshot({ powerWatts: missing(code, "unsupported") }) }))?.result;
    expect(result?.status).toBe("healthy");
    expect(result?.readings?.powerWatts).toEqual({ ok: false, why: "unsupported" });
  });

  it("is unhealthy while NVML gives no handle", () => {
    const handleError = { code: 28, name: "NVML_ERROR_GPU_NOT_FOUND" };
    const result = judged(gpuView({ snapshot: undefined, handleError }))?.result;
    expect(result).toMatchObject({ status: "unhealthy", reason: "gpu_not_found" });
  });

  it("says how much memory is free and how much is needed", () => {
    const gpu = gpuView({ snapshot: snapshot({ memory: memoryWithFree(0.3 * gib) }) });
    const result = judged(gpu, { limits: { minFreeMemory } })?.result;
    expect(result).toMatchObject({ status: "unhealthy", reason: "insufficient_gpu_memory" });
    expect(result?.message).toBe("0.3 GiB free on gpu/0, 2 GiB needed");
    expect(result?.readings?.memoryFreeBytes).toEqual({ ok: true, value: 0.3 * gib });
  });

  it("names who holds the memory, the largest first, and whom to end", () => {
    const holder = (pid: number, heldGib: number, name?: string) => ({
      pid,
      kind: "compute" as const,
      usedBytes: ok(heldGib * gib),
      exists: true,
      ...(name === undefined ? {} : { name }),
    });
    const full = { snapshot: snapshot({ memory: memoryWithFree(0.3 * gib) }) };
    const held = (...processes: readonly ReturnType<typeof holder>[]) =>
      judged(gpuView({ ...full, inspection: inspection({ processes: ok(processes) }) }), { limits: { minFreeMemory } })
        ?.result;
    expect(held(holder(22, 10), holder(4711, 120, "/usr/bin/python3"))).toMatchObject({
      message: "0.3 GiB free on gpu/0, 2 GiB needed; held by pid 4711 python3 120 GiB, pid 22 10 GiB",
      remedy: "end pid 4711 (python3), which holds the most memory of gpu/0, or lower minFreeMemory",
    });
    expect(held(holder(1, 9), holder(2, 8), holder(3, 7), holder(4, 6), holder(5, 5))?.message).toMatch(
      /held by pid 1 9 GiB, pid 2 8 GiB, pid 3 7 GiB and 2 more$/,
    );
    expect(held()?.remedy).toContain("nvidia-smi shows it");
  });

  it("takes exactly the limit for enough", () => {
    const gpu = gpuView({ snapshot: snapshot({ memory: memoryWithFree(2 * gib) }) });
    expect(judged(gpu, { limits: { minFreeMemory } })?.result.status).toBe("healthy");
  });

  it("takes a share of the total", () => {
    const limits: GpuLimits = { minFreeMemory: { limit: { kind: "ratio", ratio: 0.1 }, forMs: 0 } };
    const gpu = gpuView({ snapshot: snapshot({ memory: memoryWithFree(7 * gib, 80 * gib) }) });
    expect(judged(gpu, { limits })?.result.message).toBe("7 GiB free on gpu/0, 8 GiB needed");
  });

  it.each([
    ["maxMemoryUsed", 0.9, { memory: memoryWithFree(2 * gib) }, "gpu_memory_used_high"],
    ["maxGpuUtilization", 0.95, { utilization: ok({ gpuRatio: 0.97, memoryRatio: 0 }) }, "gpu_utilization_high"],
    [
      "maxMemoryUtilization",
      0.5,
      { utilization: ok({ gpuRatio: 0, memoryRatio: 0.6 }) },
      "gpu_memory_utilization_high",
    ],
  ])("keeps %s", (name, limit, changes, reason) => {
    const limits: GpuLimits = { [name]: { limit, forMs: 0 } };
    expect(judged(gpuView(), { limits })?.result.status).toBe("healthy");
    expect(judged(gpuView({ snapshot: snapshot(changes) }), { limits })?.result.reason).toBe(reason);
  });

  it("waits for a limit's duration, without a break", () => {
    const limits: GpuLimits = { maxGpuUtilization: { limit: 0.95, forMs: 30_000 } };
    const at = (sampledAtMs: number, gpuRatio: number, brokenSince: PolicyContext["brokenSince"]) =>
      judged(gpuView({ snapshot: snapshot({ sampledAtMs, utilization: ok({ gpuRatio, memoryRatio: 0 }) }) }), {
        limits,
        brokenSince,
        nowMs: sampledAtMs,
      });
    const first = at(1000, 1, {});
    expect(first?.result.status).toBe("healthy");
    expect(first?.brokenSince).toEqual({ maxGpuUtilization: 1000 });
    expect(at(30_999, 1, first?.brokenSince ?? {})?.result.status).toBe("healthy");
    const broken = at(31_000, 1, first?.brokenSince ?? {});
    expect(broken?.result.message).toBe("GPU utilization of gpu/0 is 100 %, 95 % allowed, for 30 s");
    expect(at(32_000, 0.5, broken?.brokenSince ?? {})?.brokenSince).toEqual({});
  });

  it("is degraded, not healthy, where a limit is about a value that the card does not have", () => {
    const limits: GpuLimits = { maxGpuUtilization: { limit: 0.95, forMs: 0 } };
    const gpu = gpuView({ snapshot: snapshot({ utilization: missing(3, "unsupported") }) });
    expect(judged(gpu, { limits })?.result).toMatchObject({ status: "degraded", reason: "gpu_limit_not_judgeable" });
  });

  it("reports the worst of several faults", () => {
    const gpu = gpuView({ snapshot: snapshot({ powerWatts: missing(14), memory: missing(15) }) });
    expect(judged(gpu, { limits: { minFreeMemory } })?.result.reason).toBe("gpu_lost");
  });
});

describe("faults in the record", () => {
  const withFaults = (...faults: readonly [fault: string, severity: "fatal" | "degraded" | "application"][]) =>
    gpuView({
      record: {
        ...emptyRecord,
        faults: faults.map(([fault, severity]) => ({
          row: { ...new FaultCatalogue().row(fault), severity },
          detail: "3 times",
          remedy: "mend it",
          sinceMs: 50,
          lastSeenMs: 60,
          count: 3,
          pids: [],
        })),
      },
    });

  it("make the GPU unhealthy or degraded at once, and come along with the result, the fatal ones first", () => {
    const result = judged(withFaults(["xid_94", "degraded"], ["xid_79", "fatal"]))?.result;
    expect(result).toMatchObject({ status: "unhealthy", reason: "xid_79", remedy: "mend it", immediate: true });
    expect(result?.message).toBe("gpu/0 has fallen off the PCIe bus (3 times)");
    expect(result?.faults).toMatchObject([
      { fault: "xid_79", severity: "fatal", sinceMs: 50, count: 3 },
      { fault: "xid_94", severity: "degraded" },
    ]);
    expect(judged(withFaults(["xid_94", "degraded"]))?.result).toMatchObject({ status: "degraded", immediate: true });
  });

  it("of an application are shown and change nothing", () => {
    const result = judged(withFaults(["gpu_too_hot", "application"]))?.result;
    expect(result).toMatchObject({ status: "healthy", faults: [{ fault: "gpu_too_hot" }] });
  });

  it("name the cause before NVML names the effect, and a hang comes before both", () => {
    const lost = { snapshot: snapshot({ memory: missing(15) }) };
    const handleError = { code: 15, name: "NVML_ERROR_GPU_IS_LOST" };
    const fatal = withFaults(["xid_79", "fatal"]);
    expect(judged({ ...fatal, ...lost })?.result.reason).toBe("xid_79");
    expect(judged({ ...fatal, handleError })?.result.reason).toBe("xid_79");
    expect(judged({ ...withFaults(["xid_94", "degraded"]), handleError })?.result.reason).toBe("gpu_lost");
    const call = { function: "nvmlDeviceGetMemoryInfo_v2", startedAtMs: 0 };
    expect(judged({ ...fatal, call }, { nowMs: 6000 })?.result.reason).toBe("nvml_stalled");
  });

  it("that no restart mends come before those that one does", () => {
    const catalogue = new FaultCatalogue({ xid_31: { severity: "fatal" } });
    const faults = [31, 79].map((xid) => ({ row: catalogue.ofXid(xid), detail: "", remedy: "", ...seen }));
    const gpu = gpuView({ record: { ...emptyRecord, faults } });
    expect(judged(gpu)?.result).toMatchObject({ reason: "xid_79", mendedByRestart: false });
  });

  it("of an instance count while there is no handle", () => {
    const row = new FaultCatalogue().ofXid(79);
    const instance = { gpuInstanceId: 1, computeInstanceId: 0 };
    const record = { ...emptyRecord, faults: [{ row, detail: "", remedy: "", instance, ...seen }] };
    const handleError = { code: 14, name: "NVML_ERROR_CORRUPTED_INFOROM" };
    expect(judged(gpuView({ record, handleError }))?.result.reason).toBe("xid_79");
  });

  it("is no data where a refused handle would only degrade", () => {
    const handleError = { code: 14, name: "NVML_ERROR_CORRUPTED_INFOROM" };
    expect(judged(gpuView({ handleError }))?.result.reason).toBe("gpu_corrupted_inforom");
    expect(judged(gpuView({ handleError }), { nowMs: 6000 })?.result.reason).toBe("gpu_data_stale");
  });
});

const seen = { sinceMs: 0, lastSeenMs: 0, count: 1, pids: [] };
