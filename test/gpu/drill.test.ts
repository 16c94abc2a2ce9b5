import { describe, expect, it } from "vitest";
import { type Drill, drillSchema } from "../../src/gpu/drill.js";
import { applyDrill, type Overrides } from "../../src/gpu/drill-state.js";
import { refusalOf, SimulatedModel } from "../../src/gpu/simulated-model.js";

const nowMs = 1_763_720_000_000;

const apply = (...drills: Drill[]): Record<string, string> =>
  Object.fromEntries(
    drills.reduce<Overrides>((overrides, drill) => applyDrill(overrides, drill, { gpuCount: 2, nowMs }), new Map()),
  );

const reset: Drill = { kind: "reset", gpu: "all" };

describe("applyDrill", () => {
  it.each<[Drill, Record<string, string>]>([
    [{ kind: "memory", gpu: 0, freeBytes: 1024 }, { "gpu.0.memory.free": "1024" }],
    [
      { kind: "leak", gpu: 0, bytesPerSecond: 52_428_800 },
      { "gpu.0.memory.leak": "52428800", "gpu.0.memory.leak.since": `${nowMs}` },
    ],
    [{ kind: "temperature", gpu: 1, celsius: 88 }, { "gpu.1.temperature": "88" }],
    [{ kind: "temperature", gpu: 1, memoryCelsius: 101 }, { "gpu.1.temperature.memory": "101" }],
    [{ kind: "power", gpu: 1, watts: 650.5 }, { "gpu.1.power": "650500" }],
    [{ kind: "utilization", gpu: 0, gpuPercent: 97 }, { "gpu.0.utilization.gpu": "97" }],
    [{ kind: "throttle", gpu: 1, reason: "hw-thermal" }, { "gpu.1.clock.event_reasons": "64" }],
    [{ kind: "persistence", gpu: 1, enabled: false }, { "gpu.1.persistence": "false" }],
    [
      { kind: "ecc", gpu: 0, uncorrected: 1 },
      { "gpu.0.ecc.volatile.uncorrected": "1", "gpu.0.ecc.aggregate.uncorrected": "1" },
    ],
    [
      { kind: "rows", gpu: 0, pending: true },
      { "gpu.0.rows.uncorrectable": "1", "gpu.0.rows.pending": "true" },
    ],
    [{ kind: "rows", gpu: 0, failed: true }, { "gpu.0.rows.failed": "true" }],
    [{ kind: "pages", gpu: 0, doubleBit: 60 }, { "gpu.0.pages.double_bit": "60" }],
    [{ kind: "recovery-action", gpu: 1, action: "drain-and-reset" }, { "gpu.1.recovery_action": "4" }],
    [{ kind: "recovery-action", gpu: 1, action: 9 }, { "gpu.1.recovery_action": "9" }],
    [{ kind: "pcie", gpu: 0, width: 8 }, { "gpu.0.pcie.width": "8" }],
    [{ kind: "nvlink", gpu: 0, link: 3, down: true }, { "gpu.0.nvlink.3.active": "false" }],
    [{ kind: "nvlink", gpu: 0, link: 4, errors: 7 }, { "gpu.0.nvlink.4.crc_errors": "7" }],
    [{ kind: "fabric", gpu: 0, state: "in-progress" }, { "gpu.0.fabric.state": "2" }],
    [
      { kind: "process", gpu: 0, pid: 4711, name: "python", usedBytes: 1024 },
      { "gpu.0.process.4711.gone": "false", "gpu.0.process.4711.used": "1024", "gpu.0.process.4711.name": "python" },
    ],
    [
      { kind: "return-code", gpu: 0, function: "nvmlDeviceGetMemoryInfo_v2", code: 999 },
      { "gpu.0.return.nvmlDeviceGetMemoryInfo_v2": "999" },
    ],
    [{ kind: "latency", gpu: 0, function: "*", delayMs: 200 }, { "gpu.0.latency.*": "200ms" }],
    [
      { kind: "lose", gpu: "all" },
      { "gpu.0.lost": "true", "gpu.1.lost": "true" },
    ],
    [{ kind: "remove", gpu: 1 }, { "gpu.1.absent": "true" }],
    [{ kind: "cuda", function: "cuInit", code: 802 }, { "cuda.return.cuInit": "802" }],
    [{ kind: "cuda", function: "cuInit", wrongResult: true }, { "cuda.wrong_result": "true" }],
    [{ kind: "unload-driver" }, { "driver.loaded": "false" }],
  ])("writes %o", (drill, expected) => {
    expect(apply(drill)).toEqual(expected);
  });

  it("lets the last word win, as the last line", () => {
    const drills: Drill[] = [50, 90].map((celsius) => ({ kind: "temperature", gpu: 0, celsius }));
    expect(apply(...drills)).toEqual({ "gpu.0.temperature": "90" });
    const lines = Object.keys(apply({ kind: "lose", gpu: 0 }, { kind: "remove", gpu: 0 }, { kind: "lose", gpu: 0 }));
    expect(lines).toEqual(["gpu.0.absent", "gpu.0.lost"]);
  });

  it("numbers events through all GPUs, and again after a reset", () => {
    const xid = (gpu: number | "all", code: number): Drill => ({ kind: "xid", gpu, code });
    expect(apply(xid("all", 13), reset, xid(1, 79), xid(1, 79))).toEqual({
      "gpu.0.event.1": "xid 13",
      "gpu.1.event.2": "xid 13",
      "gpu.1.event.3": "xid 79",
      "gpu.1.event.4": "xid 79",
    });
    expect(apply({ ...xid(0, 94), gpuInstance: 7, computeInstance: 0 } as Drill)).toEqual({
      "gpu.0.event.1": "xid 94 7 0",
    });
  });

  it("forgets the memory of MIG instances when they are cut anew", () => {
    const mig: Drill = { kind: "mig", gpu: 0, instances: 2 };
    const full: Drill = { kind: "mig", gpu: 0, instance: 1, freeBytes: 0 };
    expect(apply(mig, full)).toEqual({
      "gpu.0.mig.enabled": "true",
      "gpu.0.mig.count": "2",
      "gpu.0.mig.1.memory.free": "0",
    });
    expect(apply(mig, full, { kind: "mig", gpu: 0, instances: 0 })).toEqual({
      "gpu.0.mig.enabled": "false",
      "gpu.0.mig.count": "0",
    });
  });

  it("resets one GPU and leaves the others", () => {
    const both: Drill = { kind: "hang", gpu: "all", function: "*" };
    expect(apply(both, { kind: "reset", gpu: 0 })).toEqual({ "gpu.1.hang.*": "true" });
    expect(apply(both, reset)).toEqual({});
  });

  it("resets what is about no GPU only together with all", () => {
    const driver: Drill[] = [{ kind: "unload-driver" }, { kind: "cuda", function: "cuInit", hang: true }];
    expect(Object.keys(apply(...driver, { kind: "reset", gpu: 0 }))).toEqual(["driver.loaded", "cuda.hang.cuInit"]);
    expect(apply(...driver, reset)).toEqual({});
  });

  it("loads a driver that has forgotten what a reset mends", () => {
    const before: Drill[] = [
      { kind: "ecc", gpu: 0, uncorrected: 1 },
      { kind: "rows", gpu: 0, pending: true },
      { kind: "process", gpu: 0, pid: 1 },
      { kind: "leak", gpu: 0, bytesPerSecond: 1 },
      { kind: "unload-driver" },
    ];
    const remaining = { "gpu.0.ecc.aggregate.uncorrected": "1", "gpu.0.rows.uncorrectable": "1" };
    expect(apply(...before, { kind: "reload-driver" })).toEqual({ ...remaining, "driver.generation": "2" });
    expect(apply({ kind: "reload-driver" }, { kind: "reload-driver" })).toEqual({ "driver.generation": "3" });
    expect(apply({ kind: "upgrade-driver" }, reset)).toEqual({
      "driver.generation": "2",
      driver_version: "581.95.05",
      nvml_version: "13.581.95.05",
    });
  });
});

describe("refusalOf", () => {
  const rtx4090 = new SimulatedModel("rtx4090", "memory.total = 24564MiB  # all\nmemory.reserved = 346MiB\n");
  const a100 = new SimulatedModel("a100", "nvlink.count = 12\nmig.profile = 1g.10gb\nmig.memory = 1GiB\n");

  it.each<[Drill, SimulatedModel, string | undefined]>([
    [{ kind: "memory", gpu: 0, freeBytes: 2 ** 40 }, rtx4090, "1 TiB cannot be free: rtx4090 has 23.7 GiB"],
    [{ kind: "process", gpu: 0, pid: 1, usedBytes: 2 ** 40 }, rtx4090, "1 TiB cannot be used: rtx4090 has 23.7 GiB"],
    [{ kind: "ecc", gpu: 0, corrected: 1 }, rtx4090, "rtx4090 has no ECC"],
    [{ kind: "mig", gpu: 0, instances: 1 }, rtx4090, "rtx4090 has no MIG"],
    [{ kind: "nvlink", gpu: 0, link: 0, down: true }, rtx4090, "there is no NVLink 0: rtx4090 has none"],
    [{ kind: "nvlink", gpu: 0, link: 12, down: true }, a100, "there is no NVLink 12: a100 has 0 to 11"],
    [{ kind: "nvlink", gpu: 0, link: 11, down: true }, a100, undefined],
    [{ kind: "mig", gpu: 0, instance: 0, freeBytes: 0 }, a100, expect.stringContaining("there is no MIG instance 0")],
    [
      { kind: "mig", gpu: 0, instances: 1, instance: 0, freeBytes: 2 ** 31 },
      a100,
      "2 GiB cannot be free: an instance has 1 GiB",
    ],
    [{ kind: "temperature", gpu: 0, celsius: 90 }, rtx4090, undefined],
  ])("says of %o on %o: %s", (drill, model, refusal) => {
    expect(refusalOf(drill, model, new Map())).toEqual(refusal);
  });
});

describe("drillSchema", () => {
  it.each([
    { kind: "memory", gpu: 0, freeBytes: -1 },
    { kind: "memory", gpu: "0", freeBytes: 1 },
    { kind: "hang", gpu: 0, function: "system" },
    { kind: "hang", gpu: 0, function: "nvmlInit\nlost = true" },
    { kind: "process", gpu: 0, pid: 1, name: "a\nlost = true" },
    { kind: "upgrade-driver", version: "1 # 2" },
    { kind: "throttle", gpu: 0, reason: "tired" },
    { kind: "ecc", gpu: 0 },
    { kind: "xid", gpu: 0, code: 79, gpuInstance: 1 },
    { kind: "mig", gpu: 0, instance: 1 },
    { kind: "cuda", function: "nvmlInit", code: 1 },
    { kind: "explode", gpu: 0 },
    { kind: "lose", gpu: 0, more: 1 },
  ])("refuses %o", (body) => {
    expect(drillSchema.safeParse(body).success).toBe(false);
  });
});
