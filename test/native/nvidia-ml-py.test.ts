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
  };
}

describeWith(["python"], "nvidia-ml-py on the simulated library", () => {
  it.each(["h200", "h100", "a100", "l4", "rtx4090"])("reads every value of %s right", async (name) => {
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
    });
  });
});
