import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { type Fault, present, type Result } from "../../../src/core/result.js";
import { nextCheckState } from "../../../src/core/transition.js";
import { dcgmFields } from "../../../src/outputs/metrics/dcgm.js";
import { goodGpu, gpuSubject } from "../../support/gpu-registry.js";
import { declaredReadings, metricsOf } from "./exposition.js";

const open: { stop(): void }[] = [];

afterEach(() => {
  for (const metrics of open.splice(0)) metrics.stop();
});

function setUp(...parameters: Parameters<typeof metricsOf>) {
  const created = metricsOf(...parameters);
  open.push(created.metrics);
  const samples = async (name: string) => Object.fromEntries((await created.scrape()).get(name)?.samples ?? []);
  return { ...created, samples };
}

const labels = `gpu="0",uuid="GPU-00000000",name="NVIDIA H200",pci_bus_id="00000000:09:00.0",simulated="true"`;

describe("readings with labels of their own", () => {
  it("are one series for each value, and counters where they are declared so", async () => {
    const { gpus, scrape } = setUp();
    const xidEvents = [
      { labels: { xid: "31" }, value: 4 },
      { labels: { xid: "79" }, value: 1 },
    ];
    gpus.publishGpus({ ...goodGpu, readings: { pcieReplays: present(12) }, series: { xidEvents } });
    const families = await scrape();
    expect(families.get("gpu_health_gpu_pcie_replays_total")).toMatchObject({ type: "counter" });
    expect(families.get("gpu_health_gpu_xid_events_total")).toEqual({
      type: "counter",
      help: expect.any(String),
      samples: new Map([
        [`gpu_health_gpu_xid_events_total{${labels},xid="31"}`, 4],
        [`gpu_health_gpu_xid_events_total{${labels},xid="79"}`, 1],
      ]),
    });
  });
});

describe("faults", () => {
  const fault: Fault = { fault: "xid_79", severity: "fatal", message: "m", remedy: "r", sinceMs: 0, count: 1 };

  it("are 1 while they are there, once for each GPU whichever checks look at it", async () => {
    const { gpus, samples } = setUp();
    gpus.publishGpus({ ...goodGpu, faults: [fault] }, goodGpu);
    const twin = gpus.registry.checks().map((entry) => ({ ...entry, check: "gpu-strict" }));
    gpus.registry.publish("gpu-strict", twin);
    const name = "gpu_health_gpu_fault";
    expect(await samples(name)).toEqual({ [`${name}{${labels},fault="xid_79",severity="fatal"}`]: 1 });
    gpus.registry.forget("gpu-strict");
    gpus.publishGpus(goodGpu, goodGpu);
    expect(await samples(name)).toEqual({});
  });
});

describe("dcgm-exporter's names", () => {
  /** Name and type of every counter that dcgm-exporter 4.5 enables by default (etc/default-counters.csv). */
  const defaults = readFileSync(new URL("dcgm-default-counters.csv", import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(","));
  const notKnownHere = [
    "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION",
    "DCGM_FI_DEV_ENC_UTIL",
    "DCGM_FI_DEV_DEC_UTIL",
    "DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL",
    "DCGM_FI_DEV_VGPU_LICENSE_STATUS",
    "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
    "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE",
    "DCGM_FI_PROF_DRAM_ACTIVE",
    "DCGM_FI_PROF_PCIE_TX_BYTES",
    "DCGM_FI_PROF_PCIE_RX_BYTES",
  ];

  it("are those of its default set, with its types, and readings that GPUs have", () => {
    const expected = defaults.filter(([name = "", type]) => type !== "label" && !notKnownHere.includes(name));
    expect(dcgmFields.map(({ name, type }) => [name, type]).toSorted()).toEqual(expected.toSorted());
    expect(dcgmFields.filter(({ reading }) => declaredReadings.gpu?.[reading] === undefined)).toEqual([]);
  });

  const result: Result = {
    ...goodGpu,
    readings: { ...goodGpu.readings, smClockHertz: present(1.98e9), memoryFreeBytes: present(300 * 2 ** 20) },
    series: { info: [{ labels: { driver: "580.65.06" }, value: 1 }] },
  };
  const common = 'gpu="0",UUID="GPU-00000000",pci_bus_id="00000000:09:00.0",device="nvidia0",modelName="NVIDIA H200"';

  it("come with its units and labels where they are asked for, and not otherwise", async () => {
    const { gpus, samples, numbers } = setUp(undefined, { dcgmNames: true });
    gpus.publishGpus(result);
    numbers.isSimulated = false;
    const end = 'hostname="node-7",DCGM_FI_DRIVER_VERSION="580.65.06"}';
    expect(await samples("DCGM_FI_DEV_SM_CLOCK")).toEqual({ [`DCGM_FI_DEV_SM_CLOCK{${common},${end}`]: 1980 });
    expect(await samples("DCGM_FI_DEV_FB_FREE")).toEqual({ [`DCGM_FI_DEV_FB_FREE{${common},${end}`]: 300 });
    expect(await samples("DCGM_FI_DEV_GPU_UTIL")).toEqual({ [`DCGM_FI_DEV_GPU_UTIL{${common},${end}`]: 25 });
    expect(await samples("DCGM_FI_DEV_MEMORY_TEMP")).toEqual({});
    const without = setUp();
    without.gpus.publishGpus(result);
    expect([...(await without.scrape()).keys()].filter((name) => name.startsWith("DCGM"))).toEqual([]);
  });

  it("have its labels for a MIG instance, and say what is simulated", async () => {
    const { gpus, samples } = setUp(undefined, { dcgmNames: true });
    const entry = (subject: ReturnType<typeof gpuSubject>, of: Result) => {
      const state = nextCheckState(undefined, of, { failureThreshold: 1, successThreshold: 1 }, 0);
      return { check: "gpu", type: "gpu", subject, state };
    };
    const parent = gpuSubject(0);
    const own = { mig: "3.0", uuid: "MIG-1", name: "NVIDIA H200 MIG 1g.18gb" };
    const instance = { name: "gpu/0/mig/3.0", aliases: [], labels: { ...parent.labels, ...own } };
    gpus.registry.publish("gpu", [
      entry(parent, result),
      entry(instance, { ...goodGpu, readings: { memoryFreeBytes: present(2 ** 20) } }),
    ]);
    const name = "DCGM_FI_DEV_FB_FREE";
    const end = 'hostname="node-7",DCGM_FI_DRIVER_VERSION="580.65.06",simulated="true"}';
    expect(await samples(name)).toEqual({
      [`${name}{${common},${end}`]: 300,
      [`${name}{${common},GPU_I_PROFILE="1g.18gb",GPU_I_ID="3",${end}`]: 1,
    });
  });
});
