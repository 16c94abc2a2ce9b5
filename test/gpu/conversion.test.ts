import { describe, expect, it } from "vitest";
import type { NativeGpu, NativeInspection, NativeSnapshot } from "../../src/gpu/addon.js";
import { Conversion } from "../../src/gpu/conversion.js";

const value = <T>(given: T) => ({ ok: true as const, value: given });
const unsupported = { ok: false as const, code: 3 };
const lost = { ok: false as const, code: 15 };
const memory = value({ totalBytes: 4, usedBytes: 1, reservedBytes: unsupported, freeBytes: 3 });

const snapshot: NativeSnapshot = Object.freeze({
  sequence: 5,
  sampledAtMs: 100,
  durationMs: 2,
  memory,
  utilization: value({ gpuPercent: 40, memoryPercent: 5 }),
  temperatureCelsius: value(41),
  memoryTemperatureCelsius: unsupported,
  temperatureMarginCelsius: value(-3),
  powerMilliwatts: value(180_500),
  powerLimitMilliwatts: value(700_000),
  graphicsClockMhz: value(1980),
  smClockMhz: value(1980),
  memoryClockMhz: lost,
  clocksEventReasons: value(2 ** 40),
});

const inspection: NativeInspection = Object.freeze({
  sequence: 2,
  inspectedAtMs: 90,
  durationMs: 3,
  shutdownCelsius: unsupported,
  slowdownCelsius: unsupported,
  memoryMaxCelsius: unsupported,
  gpuMaxCelsius: unsupported,
  shutdownMarginCelsius: value(-8),
  slowdownMarginCelsius: value(-2),
  memoryMaxMarginCelsius: value(0),
  gpuMaxMarginCelsius: value(0),
  persistenceMode: value(true),
  eccEnabled: value(true),
  eccPending: value(true),
  eccVolatileCorrected: value(1),
  eccVolatileUncorrected: value(0),
  eccAggregateCorrected: value(2),
  eccAggregateUncorrected: value(0),
  remappedRows: value({ correctable: 1, uncorrectable: 2, isPending: true, hasFailed: false }),
  retiredPagesSingleBit: unsupported,
  retiredPagesDoubleBit: unsupported,
  retiredPagesPending: unsupported,
  recoveryAction: value(77),
  pcieReplayCount: value(9),
  pcieLinkGeneration: value(5),
  pcieMaxLinkGeneration: value(5),
  pcieLinkWidth: value(16),
  pcieMaxLinkWidth: value(16),
  nvlinks: [
    {
      link: 1,
      isActive: value(true),
      crcErrors: value(1),
      replayErrors: value(2),
      recoveryErrors: lost,
    },
  ],
  fabric: value({ state: 3, status: 0, healthMask: 2 }),
  migEnabled: value(false),
  processes: value([{ pid: 7, kind: "compute" as const, usedBytes: unsupported, name: "python3", exists: false }]),
});

const gpu: NativeGpu = {
  index: 1,
  handle: { ok: true },
  uuid: value("GPU-1"),
  name: value("NVIDIA H200"),
  pciBusId: value("00000000:18:00.0"),
  serial: unsupported,
  snapshot,
  inspection,
  migInstances: [{ gpuInstanceId: 1, computeInstanceId: 0, uuid: value("MIG-1"), name: unsupported, memory }],
};

const conversion = () => new Conversion((code) => `NVML_ERROR_${code}`);

describe("what the native part gives", () => {
  it("is converted to base units, with names for return codes and why a value is absent", () => {
    expect(conversion().view(gpu)).toMatchObject({
      index: 1,
      serial: { ok: false, why: "unsupported", returnCode: { code: 3, name: "NVML_ERROR_3" } },
      snapshot: {
        memory: { value: { freeBytes: 3, reservedBytes: { ok: false, why: "unsupported" } } },
        utilization: { value: { gpuRatio: 0.4, memoryRatio: 0.05 } },
        powerWatts: { value: 180.5 },
        smClockHertz: { value: 1.98e9 },
        memoryClockHertz: { ok: false, why: "lost", returnCode: { code: 15 } },
        clocksEventReasons: { value: 2 ** 40 },
      },
      inspection: {
        recoveryAction: { value: 77 },
        remappedRows: { value: { isPending: true } },
        slowdownMarginCelsius: { value: -2 },
        nvlinks: [{ link: 1, isActive: { value: true }, recoveryErrors: { ok: false, why: "lost" } }],
        processes: { value: [{ pid: 7, exists: false, usedBytes: { ok: false, why: "unsupported" } }] },
      },
      migInstances: [{ gpuInstanceId: 1, uuid: { value: "MIG-1" }, memory: { value: { totalBytes: 4 } } }],
    });
  });

  it("is converted once while it is the same", () => {
    const same = conversion();
    expect(same.view(gpu).snapshot).toBe(same.view({ ...gpu }).snapshot);
    expect(same.view(gpu).inspection).toBe(same.view({ ...gpu }).inspection);
    expect(same.view({ ...gpu, snapshot: { ...snapshot, sequence: 6 } }).snapshot?.sequence).toBe(6);
  });

  it("has neither snapshot nor inspection before there are some, and says why there is no handle", () => {
    const { snapshot: _, inspection: __, ...bare } = gpu;
    const view = conversion().view({ ...bare, handle: { ok: false, code: 28 } });
    expect(view.handleError).toEqual({ code: 28, name: "NVML_ERROR_28" });
    expect([view.snapshot, view.inspection]).toEqual([undefined, undefined]);
  });

  it("has an event's GPU, XID and instance where there are some", () => {
    const event = { sequence: 1, atMs: 5, index: 0, kind: "xid" as const, eventType: 8, xid: 79 };
    expect(conversion().event(event)).toEqual({ sequence: 1, atMs: 5, index: 0, xid: 79 });
    const instance = { gpuInstanceId: 1, computeInstanceId: 0 };
    expect(conversion().event({ ...event, ...instance })).toMatchObject({ instance });
    expect(conversion().event({ ...event, index: -1, kind: "other", eventType: 1 })).toEqual({
      sequence: 1,
      atMs: 5,
      index: undefined,
      xid: undefined,
    });
  });
});
