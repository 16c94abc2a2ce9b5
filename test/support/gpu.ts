import { present } from "../../src/core/result.js";
import { emptyRecord } from "../../src/gpu/faults/record.js";
import type { GpuInspection } from "../../src/gpu/inspection.js";
import type { NvmlReading } from "../../src/gpu/nvml-reading.js";
import type { CallInFlight, GpuSnapshot, LibraryState } from "../../src/gpu/snapshot.js";
import type { GpuSource, TrackedGpu } from "../../src/gpu/source.js";

export const gib = 2 ** 30;

export const ok = <T>(value: T): NvmlReading<T> => ({ ok: true, value });

/** A reading that is missing for this return code. */
export const missing = (code: number, why: "unsupported" | "lost" = "lost"): NvmlReading<never> => ({
  ok: false,
  why,
  returnCode: { code, name: `NVML_ERROR_${code}` },
});

export const ready: LibraryState = {
  phase: "ready",
  path: "libnvidia-ml.so.1",
  simulated: true,
  driverVersion: ok("580.65.06"),
  nvmlVersion: ok("13.580.65.06"),
  cudaDriverVersion: ok(13_000),
  generation: 1,
  driverLoadedAtMs: 0,
  eventsSupported: ok(true),
};

/** A healthy reading of a GPU with 141 GiB, taken at 0 ms. */
export function snapshot(changes: Partial<GpuSnapshot> = {}): GpuSnapshot {
  return {
    sequence: 1,
    sampledAtMs: 0,
    durationMs: 2,
    memory: memoryWithFree(100 * gib),
    utilization: ok({ gpuRatio: 0.4, memoryRatio: 0.2 }),
    temperatureCelsius: ok(41),
    memoryTemperatureCelsius: ok(45),
    temperatureMarginCelsius: ok(44),
    clocksEventReasons: ok(0),
    powerWatts: ok(180),
    powerLimitWatts: ok(700),
    graphicsClockHertz: ok(1.98e9),
    smClockHertz: ok(1.98e9),
    memoryClockHertz: ok(3.2e9),
    ...changes,
  };
}

export function memoryWithFree(freeBytes: number, totalBytes = 141 * gib) {
  return ok({ totalBytes, usedBytes: totalBytes - gib - freeBytes, reservedBytes: present(gib), freeBytes });
}

/** What an inspection of a sound GPU finds, complete at 0 ms. */
export function inspection(changes: Partial<GpuInspection> = {}): GpuInspection {
  return {
    sequence: 1,
    inspectedAtMs: 0,
    durationMs: 4,
    shutdownCelsius: ok(92),
    slowdownCelsius: ok(89),
    memoryMaxCelsius: ok(95),
    gpuMaxCelsius: ok(87),
    shutdownMarginCelsius: missing(3, "unsupported"),
    slowdownMarginCelsius: missing(3, "unsupported"),
    persistenceMode: ok(true),
    eccEnabled: ok(true),
    eccPending: ok(true),
    eccVolatileCorrected: ok(0),
    eccVolatileUncorrected: ok(0),
    eccAggregateCorrected: ok(0),
    eccAggregateUncorrected: ok(0),
    remappedRows: ok({ correctable: 0, uncorrectable: 0, isPending: false, hasFailed: false }),
    retiredPagesSingleBit: missing(3, "unsupported"),
    retiredPagesDoubleBit: missing(3, "unsupported"),
    retiredPagesPending: missing(3, "unsupported"),
    recoveryAction: ok(0),
    pcieReplayCount: ok(0),
    pcieLinkGeneration: ok(5),
    pcieMaxLinkGeneration: ok(5),
    pcieLinkWidth: ok(16),
    pcieMaxLinkWidth: ok(16),
    nvlinks: [],
    fabric: ok({ state: 3, status: 0, healthMask: 0 }),
    migEnabled: ok(false),
    processes: ok([]),
    ...changes,
  };
}

interface ViewChanges extends Partial<Omit<TrackedGpu, "snapshot" | "call">> {
  readonly snapshot?: GpuSnapshot | undefined;
  readonly call?: CallInFlight;
}

export function gpuView(changes: ViewChanges = {}): TrackedGpu {
  const { snapshot: newest = "snapshot" in changes ? undefined : snapshot(), ...rest } = changes;
  return {
    index: 0,
    uuid: ok(`GPU-0000000${changes.index ?? 0}`),
    name: ok("NVIDIA H200"),
    pciBusId: ok("00000000:18:00.0"),
    serial: ok("1650000000000"),
    migInstances: [],
    record: emptyRecord,
    ...rest,
    ...(newest === undefined ? {} : { snapshot: newest }),
  };
}

/** GPUs that a test changes by hand. */
export class FakeGpus implements GpuSource {
  state: LibraryState = ready;
  views: TrackedGpu[] = [gpuView()];
  private readonly listeners = new Set<() => void>();

  library(): LibraryState {
    return this.state;
  }

  gpus(): readonly TrackedGpu[] {
    return this.views;
  }

  subscribe(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  announce(): void {
    for (const listener of this.listeners) listener();
  }
}
