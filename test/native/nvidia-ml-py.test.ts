import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, it } from "vitest";
import { inRepository, simulatorPath } from "../e2e/support/paths.js";
import { run } from "../e2e/support/processes.js";
import { describeWith, toolPath } from "../e2e/support/tools.js";
import { StateFile } from "./support.js";

const mebibyte = 2 ** 20;

/** The values of a model's data file by key. */
function readModel(model: string): ReadonlyMap<string, string> {
  const text = readFileSync(inRepository(`native/simulator/models/${model}.conf`), "utf8");
  const lines = text.split("\n").map((line) => (line.split("#")[0] ?? "").split("=").map((part) => part.trim()));
  return new Map(lines.flatMap(([key, value]) => (key && value ? [[key, value] as const] : [])));
}

async function readThroughPython(state: StateFile): Promise<unknown> {
  const env = { ...state.env, LD_LIBRARY_PATH: dirname(simulatorPath) };
  const outcome = await run(toolPath("python"), [inRepository("test/native/nvidia_ml_py.py")], { env });
  if (outcome.code !== 0) throw new Error(outcome.stderr);
  return JSON.parse(outcome.stdout);
}

function expectedGpu(model: ReadonlyMap<string, string>, index: number): unknown {
  const text = (key: string): string => {
    const value = model.get(key);
    if (value === undefined) throw new Error(`the model has no ${key}`);
    return value;
  };
  const number = (key: string): number => Number(text(key));
  const bytes = (key: string): number => Number(text(key).replace(/MiB$/, "")) * mebibyte;
  const clocks = (prefix: string): unknown =>
    Object.fromEntries(["graphics", "sm", "memory", "video"].map((type) => [type, number(`${prefix}.${type}`)]));
  // GPU 1 is changed by the state file below; GPU 0 is as its model's file has it.
  const changed = index === 1;
  const total = bytes("memory.total");
  const reserved = bytes("memory.reserved");
  const used = changed ? 7 * 1024 * mebibyte : bytes("memory.used");
  const free = total - reserved - used;
  const temperature = changed ? 88 : number("temperature");
  const bus = index === 0 ? "1B" : "2B";
  return {
    index,
    indexByUuid: index,
    indexByPci: index,
    name: text("name"),
    uuid: expect.stringMatching(/^GPU-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    serial: model.has("return.nvmlDeviceGetSerial") ? number("return.nvmlDeviceGetSerial") : `165402400000${index + 1}`,
    pci: {
      busId: `00000000:${bus}:00.0`,
      busIdLegacy: `0000:${bus}:00.0`,
      domain: 0,
      bus: Number.parseInt(bus, 16),
      device: 0,
      pciDeviceId: number("pci.device_id"),
      pciSubSystemId: number("pci.subsystem_id"),
    },
    memory: { total, free, used: used + reserved },
    memoryV2: { total, reserved, free, used },
    utilization: changed
      ? { gpu: 97, memory: 41 }
      : { gpu: number("utilization.gpu"), memory: number("utilization.memory") },
    temperature,
    temperatureV: temperature,
    power: changed ? 65_432 : number("power"),
    enforcedPowerLimit: number("power.limit"),
    powerManagementLimit: number("power.limit"),
    clock: clocks("clock"),
    maxClock: clocks("clock.max"),
    condition: expect.anything(),
  };
}

describeWith(["python"], "nvidia-ml-py on the simulated library", () => {
  it.each(["h200", "h100", "a100", "v100", "l4", "rtx4090"])("reads every value of %s right", async (name) => {
    const state = new StateFile(
      `model = ${name}`,
      "count = 2",
      "driver_version = 575.57.08",
      "nvml_version = 12.575.57.08",
      "cuda_driver_version = 12090",
      "gpu.1.memory.used = 7GiB",
      "gpu.1.utilization.gpu = 97",
      "gpu.1.utilization.memory = 41",
      "gpu.1.temperature = 88",
      "gpu.1.power = 65432",
    );
    const model = readModel(name);
    expect(await readThroughPython(state)).toEqual({
      driverVersion: "575.57.08",
      nvmlVersion: "12.575.57.08",
      cudaDriverVersion: 12090,
      cudaDriverVersionV2: 12090,
      gpus: [expectedGpu(model, 0), expectedGpu(model, 1)],
      event: { type: 8, data: 79, gpuInstance: 0xffff_ffff, index: 1 },
    });
  });

  it("reads right what the health of a GPU depends on", async () => {
    const broken = [
      "temperature = 90",
      "temperature.memory = 101",
      "clock.event_reasons = 0x48",
      "persistence = false",
      "ecc.pending = false",
      "ecc.volatile.corrected = 1",
      "ecc.volatile.uncorrected = 2",
      "ecc.aggregate.corrected = 3",
      "ecc.aggregate.uncorrected = 4",
      "rows.correctable = 5",
      "rows.uncorrectable = 6",
      "rows.pending = true",
      "rows.failed = true",
      "recovery_action = 2",
      "pcie.replays = 7",
      "pcie.generation = 3",
      "pcie.width = 8",
      "nvlink.3.active = false",
      "nvlink.4.crc_errors = 9",
      "fabric.state = 2",
      "fabric.status = 999",
      "fabric.health_mask = 0x15",
      "process.4711.used = 120GiB",
      "process.4711.name = python",
    ];
    const state = new StateFile("model = h200", "count = 2", ...broken.map((setting) => `gpu.1.${setting}`));
    const { gpus } = (await readThroughPython(state)) as { gpus: { condition: unknown }[] };
    expect(gpus[1]?.condition).toEqual({
      memoryTemperature: 101,
      margin: -4,
      shutdownMargin: -8,
      shutdown: { code: 3 },
      reasons: 0x48,
      persistence: 0,
      eccMode: [1, 0],
      ecc: { "volatile corrected": 1, "volatile uncorrected": 2, "aggregate corrected": 3, "aggregate uncorrected": 4 },
      rows: [5, 6, 1, 1],
      pages: { code: 3 },
      recoveryAction: 2,
      replays: 7,
      width: [8, 16],
      generation: [3, 5],
      links: [1, 0],
      linkErrors: 9,
      fabric: { state: 2, status: 999, healthMask: 0x15 },
      processes: [{ pid: 4711, usedGpuMemory: 120 * 1024 * mebibyte, name: "python" }],
      mig: [0, 0],
      instances: [],
    });
  });

  it("reads right what a V100 and an RTX 4090 have in place of that", async () => {
    const condition = async (...settings: string[]): Promise<unknown> => {
      const state = new StateFile("count = 2", ...settings);
      return ((await readThroughPython(state)) as { gpus: { condition: unknown }[] }).gpus[0]?.condition;
    };
    const missing = { code: 3 };
    expect(await condition("model = v100", "gpu.0.pages.double_bit = 60")).toMatchObject({
      margin: missing,
      shutdown: 90,
      rows: missing,
      pages: 60,
      recoveryAction: missing,
      mig: missing,
    });
    expect(await condition("model = rtx4090")).toMatchObject({
      memoryTemperature: missing,
      eccMode: missing,
      ecc: { "volatile corrected": missing },
      rows: [0, 0, 0, 0],
      recoveryAction: missing,
      links: [missing, missing],
      mig: missing,
    });
  });

  it("reads right the MIG instances of a GPU", async () => {
    const state = new StateFile(
      "model = a100",
      "count = 2",
      "gpu.0.mig.enabled = true",
      "gpu.0.mig.count = 2",
      "gpu.0.mig.1.memory.free = 1GiB",
      "gpu.*.utilization.gpu = 0",
    );
    const { gpus } = (await readThroughPython(state)) as { gpus: { condition: unknown }[] };
    expect(gpus[0]?.condition).toMatchObject({
      mig: [1, 1],
      rows: { code: 3 },
      instances: [
        {
          gpuInstance: 7,
          computeInstance: 0,
          name: "NVIDIA A100-SXM4-80GB MIG 1g.10gb",
          uuid: expect.stringMatching(/^MIG-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
          free: 9728 * mebibyte,
        },
        { gpuInstance: 8, free: 1024 * mebibyte },
      ],
    });
  });
});
