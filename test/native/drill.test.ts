import { afterEach, expect, it } from "vitest";
import type { NativeSampler, NativeStatus } from "../../src/gpu/addon.js";
import type { Drill } from "../../src/gpu/drill.js";
import { Sampler as GpuSampler } from "../../src/gpu/sampler.js";
import { Simulator } from "../../src/gpu/simulator.js";
import { eventually } from "../e2e/support/eventually.js";
import { addon } from "./support.js";

const { Sampler } = addon();
const mebibyte = 2 ** 20;

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function simulate(model = "h200"): { simulator: Simulator; sampler: NativeSampler } {
  const simulator = new Simulator({ model, count: 2 });
  const sampler = new Sampler({
    libraryPath: simulator.libraryPath,
    intervalMs: 10,
    inspectionIntervalMs: 10,
    onChange: () => {},
  });
  ends.push(() => {
    sampler.stop();
    simulator.stop();
  });
  return { simulator, sampler };
}

const ok = (value: unknown): unknown => ({ ok: true, value });

it.each<[Drill, object]>([
  [{ kind: "memory", gpu: 1, freeBytes: 300 * mebibyte }, { memory: expect.objectContaining({ ok: true }) }],
  [{ kind: "temperature", gpu: 1, celsius: 90 }, { temperatureMarginCelsius: { ok: true, value: -4 } }],
  [{ kind: "temperature", gpu: 1, memoryCelsius: 101 }, { memoryTemperatureCelsius: { ok: true, value: 101 } }],
  [{ kind: "throttle", gpu: 1, reason: "power-brake" }, { clocksEventReasons: { ok: true, value: 0x80 } }],
])("the next reading shows %o", async (drill, expected) => {
  const { simulator, sampler } = simulate();
  simulator.apply(drill);
  await eventually(() => expect(sampler.status().gpus[1]?.snapshot).toMatchObject(expected));
});

it.each<[Drill, object]>([
  [{ kind: "persistence", gpu: 1, enabled: false }, { persistenceMode: ok(false) }],
  [
    { kind: "ecc", gpu: 1, corrected: 3, uncorrected: 1 },
    { eccVolatileCorrected: ok(3), eccVolatileUncorrected: ok(1), eccAggregateUncorrected: ok(1) },
  ],
  [
    { kind: "rows", gpu: 1, pending: true },
    { remappedRows: ok({ correctable: 0, uncorrectable: 1, isPending: true, hasFailed: false }) },
  ],
  [{ kind: "recovery-action", gpu: 1, action: "reboot" }, { recoveryAction: ok(2) }],
  [
    { kind: "pcie", gpu: 1, width: 8, generation: 3, replays: 9 },
    { pcieLinkWidth: ok(8), pcieReplayCount: ok(9) },
  ],
  [
    { kind: "nvlink", gpu: 1, link: 1, down: true, errors: 7 },
    {
      nvlinks: expect.arrayContaining([
        expect.objectContaining({ link: 0, isActive: ok(true), crcErrors: ok(0) }),
        expect.objectContaining({ link: 1, isActive: ok(false), crcErrors: ok(7) }),
      ]),
    },
  ],
  [
    { kind: "fabric", gpu: 1, state: "completed", status: 999, healthMask: 1 },
    { fabric: ok({ state: 3, status: 999, healthMask: 1 }) },
  ],
  [
    { kind: "process", gpu: 1, pid: 4711, name: "python", usedBytes: mebibyte, gone: true },
    { processes: ok([{ pid: 4711, kind: "compute", usedBytes: ok(mebibyte), exists: false }]) },
  ],
  [
    { kind: "process", gpu: 1, pid: 4711, name: "python", usedBytes: mebibyte },
    { processes: ok([{ pid: 4711, kind: "compute", usedBytes: ok(mebibyte), name: "python", exists: true }]) },
  ],
])("the next inspection shows %o", async (drill, expected) => {
  const { simulator, sampler } = simulate();
  simulator.apply(drill);
  await eventually(() => expect(sampler.status().gpus[1]?.inspection).toMatchObject(expected));
  expect(sampler.status().gpus[0]?.inspection).not.toMatchObject(expected);
});

it("retires pages of an older card", async () => {
  const { simulator, sampler } = simulate("v100");
  simulator.apply({ kind: "pages", gpu: 1, doubleBit: 60, pending: true });
  await eventually(() =>
    expect(sampler.status().gpus[1]?.inspection).toMatchObject({
      retiredPagesDoubleBit: ok(60),
      retiredPagesPending: ok(true),
      remappedRows: { ok: false, code: 3 },
    }),
  );
});

it("cuts a GPU into MIG instances, fills one and makes it whole again", async () => {
  const { simulator, sampler } = simulate();
  const instances = (): unknown => sampler.status().gpus[0]?.migInstances;
  simulator.apply({ kind: "mig", gpu: 0, instances: 2 });
  simulator.apply({ kind: "mig", gpu: 0, instance: 1, freeBytes: mebibyte });
  await eventually(() =>
    expect(instances()).toMatchObject([
      { gpuInstanceId: 7, name: ok("NVIDIA H200 MIG 1g.18gb"), memory: { value: { usedBytes: 0 } } },
      { gpuInstanceId: 8, memory: { value: { freeBytes: mebibyte } } },
    ]),
  );
  await eventually(() => expect(sampler.status().gpus[0]?.snapshot?.utilization).toEqual({ ok: false, code: 3 }));
  simulator.apply({ kind: "mig", gpu: 0, instances: 0 });
  await eventually(() => expect(instances()).toEqual([]));
  await eventually(() => expect(sampler.status().gpus[0]?.snapshot?.utilization.ok).toBe(true));
});

it("forgets a MIG instance with the first sample after it is gone, without an error on the way", async () => {
  const simulator = new Simulator({ model: "h200", count: 1 });
  simulator.apply({ kind: "mig", gpu: 0, instances: 2 });
  const { libraryPath } = simulator;
  const unreadable: unknown[] = [];
  const sampler = new Sampler({ libraryPath, intervalMs: 10, inspectionIntervalMs: 600_000, onChange: () => look() });
  const instances = () => sampler.status().gpus[0]?.migInstances ?? [];
  const look = (): unknown => unreadable.push(...instances().filter(({ memory }) => !memory.ok));
  ends.push(() => {
    sampler.stop();
    simulator.stop();
  });
  await eventually(() => expect(instances()).toHaveLength(2));
  simulator.apply({ kind: "mig", gpu: 0, instances: 1 });
  await eventually(() => expect(instances()).toHaveLength(1));
  simulator.apply({ kind: "mig", gpu: 0, instances: 0 });
  await eventually(() => expect(instances()).toEqual([]));
  expect(unreadable).toEqual([]);
});

it("shows who holds the memory with the sample that shows a jump, and waits for the inspection after a small one", async () => {
  const simulator = new Simulator({ model: "h200", count: 1 });
  const { libraryPath } = simulator;
  const sampler = new Sampler({ libraryPath, intervalMs: 10, inspectionIntervalMs: 600_000, onChange: () => {} });
  ends.push(() => {
    sampler.stop();
    simulator.stop();
  });
  const gpu = () => sampler.status().gpus[0];
  const hold = (pid: number, gibibytes: number): void =>
    simulator.apply({ kind: "process", gpu: 0, pid, name: "python", usedBytes: gibibytes * 1024 * mebibyte });
  const used = (): number => {
    const memory = gpu()?.snapshot?.memory;
    return memory?.ok ? memory.value.usedBytes : 0;
  };
  await eventually(() => expect(gpu()?.inspection?.processes).toEqual(ok([])));
  hold(22, 1);
  await eventually(() => expect(used()).toBeGreaterThanOrEqual(1024 * mebibyte));
  const { sequence = 0 } = gpu()?.snapshot ?? {};
  await eventually(() => expect(gpu()?.snapshot?.sequence).toBeGreaterThan(sequence + 2));
  expect(gpu()?.inspection?.sequence).toBe(1);
  hold(4711, 100);
  await eventually(() => expect(gpu()?.inspection).toMatchObject({ sequence: 2, processes: { value: { length: 2 } } }));
});

it("lets memory leak away", async () => {
  const { simulator, sampler } = simulate();
  simulator.apply({ kind: "leak", gpu: 0, bytesPerSecond: 1024 * mebibyte });
  const used = (): number => {
    const memory = sampler.status().gpus[0]?.snapshot?.memory;
    return memory?.ok ? memory.value.usedBytes : 0;
  };
  const first = await eventually(() => {
    expect(used()).toBeGreaterThan(0);
    return used();
  });
  await eventually(() => expect(used()).toBeGreaterThan(first));
});

it("tells an XID once, with its GPU and when it came", async () => {
  const { simulator, sampler } = simulate();
  await eventually(() => expect(sampler.status().eventsSupported).toEqual(ok(true)));
  await eventually(() => expect(sampler.status().gpus.every(({ snapshot }) => snapshot !== undefined)).toBe(true));
  const startedAtMs = Number(process.hrtime.bigint()) / 1e6;
  simulator.apply({ kind: "xid", gpu: 1, code: 79 });
  simulator.apply({ kind: "xid", gpu: 0, code: 94, gpuInstance: 7, computeInstance: 0 });
  const events: unknown[] = [];
  await eventually(() => {
    events.push(...sampler.takeEvents());
    expect(events).toHaveLength(2);
  });
  expect(events).toContainEqual({
    sequence: expect.any(Number),
    atMs: expect.any(Number),
    index: 1,
    kind: "xid",
    eventType: 8,
    xid: 79,
  });
  expect(events).toContainEqual(expect.objectContaining({ index: 0, xid: 94, gpuInstanceId: 7, computeInstanceId: 0 }));
  for (const { atMs } of events as { atMs: number }[]) expect(atMs).toBeGreaterThan(startedAtMs);
  expect(sampler.takeEvents()).toEqual([]);
  expect(sampler.droppedEvents()).toBe(0);
});

function expectWorking({ phase, gpus }: NativeStatus, each: readonly boolean[] = [true, true]): void {
  expect(phase).toBe("ready");
  expect(gpus.map(({ handle, snapshot }) => handle.ok && snapshot?.memory.ok)).toEqual(each);
}

it("loses a GPU and finds it again", async () => {
  const { simulator, sampler } = simulate();
  await eventually(() => expectWorking(sampler.status()));
  simulator.apply({ kind: "lose", gpu: 1 });
  await eventually(() => expectWorking(sampler.status(), [true, false]));
  await eventually(() => expect(sampler.status().gpus[1]?.handle).toEqual({ ok: false, code: 15 }));
  simulator.apply({ kind: "reset", gpu: 1 });
  await eventually(() => expectWorking(sampler.status()));
});

it.each<[Drill]>([[{ kind: "reload-driver" }], [{ kind: "upgrade-driver", version: "590.44.01" }]])(
  "works again after %o",
  async (drill) => {
    const { simulator, sampler } = simulate();
    await eventually(() => expectWorking(sampler.status()));
    simulator.apply(drill);
    await eventually(() => expect(sampler.status().generation).toBe(2));
    await eventually(() => expectWorking(sampler.status()));
    const { driverVersion } = sampler.status();
    expect(driverVersion).toEqual(ok(drill.kind === "upgrade-driver" ? "590.44.01" : "580.95.05"));
  },
);

it("stays known for simulated while its driver is unloaded", async () => {
  const simulator = new Simulator({ model: "h200", count: 1 });
  const { libraryPath: library } = simulator;
  const sampler = new GpuSampler({ addon: addon(), library, intervalMs: 10, inspectionIntervalMs: 10 });
  ends.push(() => {
    sampler.stop();
    simulator.stop();
  });
  simulator.apply({ kind: "unload-driver" });
  await eventually(() => expect(sampler.library()).toMatchObject({ phase: "failed", simulated: true }));
});
