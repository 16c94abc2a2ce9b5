import { present } from "../../src/core/result.js";
import type { CallInFlight, GpuSnapshot, GpuView, LibraryState, NvmlReading } from "../../src/gpu/snapshot.js";
import type { GpuSource } from "../../src/gpu/source.js";

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

interface ViewChanges extends Partial<Omit<GpuView, "snapshot" | "call">> {
  readonly snapshot?: GpuSnapshot | undefined;
  readonly call?: CallInFlight;
}

export function gpuView(changes: ViewChanges = {}): GpuView {
  const { snapshot: newest = "snapshot" in changes ? undefined : snapshot(), ...rest } = changes;
  return {
    index: 0,
    uuid: ok(`GPU-0000000${changes.index ?? 0}`),
    name: ok("NVIDIA H200"),
    pciBusId: ok("00000000:18:00.0"),
    serial: ok("1650000000000"),
    ...rest,
    ...(newest === undefined ? {} : { snapshot: newest }),
  };
}

/** GPUs that a test changes by hand. */
export class FakeGpus implements GpuSource {
  state: LibraryState = ready;
  views: GpuView[] = [gpuView()];
  private readonly listeners = new Set<() => void>();

  library(): LibraryState {
    return this.state;
  }

  gpus(): readonly GpuView[] {
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
