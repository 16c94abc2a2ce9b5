import type {
  NativeEvent,
  NativeGpu,
  NativeInspection,
  NativeMigInstance,
  NativeReading,
  NativeSnapshot,
  NativeStatus,
} from "./addon.js";
import type { GpuInspection } from "./inspection.js";
import type { NvmlReading, ReturnCode } from "./nvml-reading.js";
import { oncePerObject } from "./once-per-object.js";
import { meaningOf } from "./return-codes.js";
import type {
  GpuEvent,
  GpuMemory,
  GpuSnapshot,
  GpuView,
  LibraryState,
  MigInstance,
  MigInstanceId,
} from "./snapshot.js";

/** What the native part gives, in base units and with names for return codes. `nameOf` gives a code's name. */
export class Conversion {
  // The native objects are frozen and come back until there is a newer one: each is converted once.
  readonly view = oncePerObject((native: NativeGpu) => this.gpu(native));
  private readonly snapshotOf = oncePerObject((native: NativeSnapshot) => this.snapshot(native));
  private readonly inspectionOf = oncePerObject((native: NativeInspection) => this.inspection(native));

  private readonly absentByCode = new Map<number, NvmlReading<never>>();

  constructor(private readonly nameOf: (code: number) => string) {}

  private gpu(native: NativeGpu): GpuView {
    const { index, handle, call, snapshot, inspection } = native;
    return {
      index,
      uuid: this.reading(native.uuid),
      name: this.reading(native.name),
      pciBusId: this.reading(native.pciBusId),
      serial: this.reading(native.serial),
      ...(handle.ok ? {} : { handleError: this.returnCode(handle.code) }),
      ...(call === undefined ? {} : { call }),
      ...(snapshot === undefined ? {} : { snapshot: this.snapshotOf(snapshot) }),
      ...(inspection === undefined ? {} : { inspection: this.inspectionOf(inspection) }),
      migInstances: native.migInstances.map((instance) => this.migInstance(instance)),
    };
  }

  /** Of a library that is open. */
  library(status: NativeStatus): Extract<LibraryState, { phase: "ready" }> {
    const { path, simulated, generation, driverLoadedAtMs } = status;
    return {
      phase: "ready",
      path,
      simulated,
      driverVersion: this.reading(status.driverVersion),
      nvmlVersion: this.reading(status.nvmlVersion),
      cudaDriverVersion: this.reading(status.cudaDriverVersion),
      generation,
      driverLoadedAtMs,
      eventsSupported: this.reading(status.eventsSupported),
    };
  }

  event({ sequence, atMs, index, kind, xid, ...native }: NativeEvent): GpuEvent {
    const instance = instanceOf(native);
    return {
      sequence,
      atMs,
      index: index < 0 ? undefined : index,
      xid: kind === "xid" ? xid : undefined,
      ...(instance === undefined ? {} : { instance }),
    };
  }

  private snapshot(native: NativeSnapshot): GpuSnapshot {
    return {
      sequence: native.sequence,
      sampledAtMs: native.sampledAtMs,
      durationMs: native.durationMs,
      memory: this.memory(native.memory),
      utilization: this.reading(native.utilization, ({ gpuPercent, memoryPercent }) => ({
        gpuRatio: gpuPercent / 100,
        memoryRatio: memoryPercent / 100,
      })),
      temperatureCelsius: this.reading(native.temperatureCelsius),
      memoryTemperatureCelsius: this.reading(native.memoryTemperatureCelsius),
      temperatureMarginCelsius: this.reading(native.temperatureMarginCelsius),
      clocksEventReasons: this.reading(native.clocksEventReasons),
      powerWatts: this.reading(native.powerMilliwatts, fromMilli),
      powerLimitWatts: this.reading(native.powerLimitMilliwatts, fromMilli),
      graphicsClockHertz: this.reading(native.graphicsClockMhz, fromMega),
      smClockHertz: this.reading(native.smClockMhz, fromMega),
      memoryClockHertz: this.reading(native.memoryClockMhz, fromMega),
    };
  }

  private inspection(native: NativeInspection): GpuInspection {
    return {
      sequence: native.sequence,
      inspectedAtMs: native.inspectedAtMs,
      durationMs: native.durationMs,
      shutdownCelsius: this.reading(native.shutdownCelsius),
      slowdownCelsius: this.reading(native.slowdownCelsius),
      memoryMaxCelsius: this.reading(native.memoryMaxCelsius),
      gpuMaxCelsius: this.reading(native.gpuMaxCelsius),
      shutdownMarginCelsius: this.reading(native.shutdownMarginCelsius),
      slowdownMarginCelsius: this.reading(native.slowdownMarginCelsius),
      persistenceMode: this.reading(native.persistenceMode),
      eccEnabled: this.reading(native.eccEnabled),
      eccPending: this.reading(native.eccPending),
      eccVolatileCorrected: this.reading(native.eccVolatileCorrected),
      eccVolatileUncorrected: this.reading(native.eccVolatileUncorrected),
      eccAggregateCorrected: this.reading(native.eccAggregateCorrected),
      eccAggregateUncorrected: this.reading(native.eccAggregateUncorrected),
      remappedRows: this.reading(native.remappedRows),
      retiredPagesSingleBit: this.reading(native.retiredPagesSingleBit),
      retiredPagesDoubleBit: this.reading(native.retiredPagesDoubleBit),
      retiredPagesPending: this.reading(native.retiredPagesPending),
      recoveryAction: this.reading(native.recoveryAction),
      pcieReplayCount: this.reading(native.pcieReplayCount),
      pcieLinkGeneration: this.reading(native.pcieLinkGeneration),
      pcieMaxLinkGeneration: this.reading(native.pcieMaxLinkGeneration),
      pcieLinkWidth: this.reading(native.pcieLinkWidth),
      pcieMaxLinkWidth: this.reading(native.pcieMaxLinkWidth),
      nvlinks: native.nvlinks.map(({ link, isActive, crcErrors, replayErrors, recoveryErrors }) => ({
        link,
        isActive: this.reading(isActive),
        crcErrors: this.reading(crcErrors),
        replayErrors: this.reading(replayErrors),
        recoveryErrors: this.reading(recoveryErrors),
      })),
      fabric: this.reading(native.fabric),
      migEnabled: this.reading(native.migEnabled),
      processes: this.reading(native.processes, (processes) =>
        processes.map(({ usedBytes, ...process }) => ({ ...process, usedBytes: this.reading(usedBytes) })),
      ),
    };
  }

  private migInstance({ gpuInstanceId, computeInstanceId, uuid, name, memory }: NativeMigInstance): MigInstance {
    return {
      gpuInstanceId,
      computeInstanceId,
      uuid: this.reading(uuid),
      name: this.reading(name),
      memory: this.memory(memory),
    };
  }

  private memory(native: NativeSnapshot["memory"]): NvmlReading<GpuMemory> {
    return this.reading(native, (memory) => ({ ...memory, reservedBytes: this.reading(memory.reservedBytes) }));
  }

  private reading<T>(native: NativeReading<T>): NvmlReading<T>;
  private reading<T, U>(native: NativeReading<T>, convert: (value: T) => U): NvmlReading<U>;
  private reading<T>(native: NativeReading<T>, convert: (value: T) => unknown = unchanged): NvmlReading<unknown> {
    if (native.ok) return { ok: true, value: convert(native.value) };
    return this.absent(native.code);
  }

  /** One reading for each code: what a card does not support is absent from every sample. */
  private absent(code: number): NvmlReading<never> {
    const known = this.absentByCode.get(code);
    if (known !== undefined) return known;
    const returnCode = this.returnCode(code);
    const why = meaningOf(returnCode).effect === "absent" ? "unsupported" : "lost";
    const reading: NvmlReading<never> = { ok: false, why, returnCode };
    this.absentByCode.set(code, reading);
    return reading;
  }

  private returnCode(code: number): ReturnCode {
    return { code, name: this.nameOf(code) };
  }
}

function instanceOf(native: Partial<MigInstanceId>): MigInstanceId | undefined {
  const { gpuInstanceId, computeInstanceId } = native;
  if (gpuInstanceId === undefined || computeInstanceId === undefined) return undefined;
  return { gpuInstanceId, computeInstanceId };
}

const unchanged = (value: unknown): unknown => value;
const fromMilli = (value: number): number => value / 1000;
const fromMega = (value: number): number => value * 1e6;
