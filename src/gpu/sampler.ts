import type { Addon, NativeGpu, NativeReading, NativeSampler, NativeSnapshot, NativeStatus } from "./addon.js";
import { meaningOf } from "./return-codes.js";
import type { GpuMemory, GpuSnapshot, GpuView, LibraryState, NvmlReading } from "./snapshot.js";
import type { GpuSource } from "./source.js";

export interface SamplerOptions {
  readonly addon: Addon;
  /** Path of the NVML library; undefined: as the system finds it. */
  readonly library?: string | undefined;
  readonly intervalMs: number;
}

/** The GPUs through the native sampler: one thread a GPU, started at once and never waited for. */
export class Sampler implements GpuSource {
  private readonly native: NativeSampler;
  private readonly listeners = new Set<() => void>();
  /** Snapshots are immutable: each is converted once. */
  private readonly converted = new Map<number, GpuSnapshot>();

  constructor(private readonly options: SamplerOptions) {
    const { addon, library, intervalMs } = options;
    const onChange = (): void => {
      for (const listener of this.listeners) listener();
    };
    this.native = new addon.Sampler({
      ...(library === undefined ? {} : { libraryPath: library }),
      intervalMs,
      onChange,
    });
  }

  library(): LibraryState {
    return this.libraryState(this.native.status());
  }

  gpus(): readonly GpuView[] {
    return this.native.status().gpus.map((gpu) => this.view(gpu));
  }

  subscribe(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  /** Ends the threads. Gives how many had to be left behind because an NVML call does not return. */
  stop(): number {
    this.listeners.clear();
    return this.native.stop();
  }

  private libraryState(status: NativeStatus): LibraryState {
    const { phase, path, error } = status;
    switch (phase) {
      case "opening":
        return { phase, path, ...(status.call === undefined ? {} : { call: status.call }) };
      case "failed":
        return { phase, path, ...failure(error?.reason ?? "init_failed"), message: error?.message ?? "NVML failed" };
      case "ready":
        return {
          phase,
          path,
          simulated: status.simulated,
          driverVersion: this.reading(status.driverVersion),
          nvmlVersion: this.reading(status.nvmlVersion),
          cudaDriverVersion: this.reading(status.cudaDriverVersion),
        };
    }
  }

  private view(gpu: NativeGpu): GpuView {
    const { index, handle, call } = gpu;
    return {
      index,
      uuid: this.reading(gpu.uuid),
      name: this.reading(gpu.name),
      pciBusId: this.reading(gpu.pciBusId),
      serial: this.reading(gpu.serial),
      ...(handle.ok ? {} : { handleError: this.returnCode(handle.code) }),
      ...(call === undefined ? {} : { call }),
      ...(gpu.snapshot === undefined ? {} : { snapshot: this.snapshot(index, gpu.snapshot) }),
    };
  }

  private snapshot(index: number, native: NativeSnapshot): GpuSnapshot {
    const known = this.converted.get(index);
    if (known?.sequence === native.sequence) return known;
    const snapshot: GpuSnapshot = {
      sequence: native.sequence,
      sampledAtMs: native.sampledAtMs,
      durationMs: native.durationMs,
      memory: this.reading(
        native.memory,
        (memory): GpuMemory => ({
          ...memory,
          reservedBytes: this.reading(memory.reservedBytes),
        }),
      ),
      utilization: this.reading(native.utilization, ({ gpuPercent, memoryPercent }) => ({
        gpuRatio: gpuPercent / 100,
        memoryRatio: memoryPercent / 100,
      })),
      temperatureCelsius: this.reading(native.temperatureCelsius),
      powerWatts: this.reading(native.powerMilliwatts, fromMilli),
      powerLimitWatts: this.reading(native.powerLimitMilliwatts, fromMilli),
      graphicsClockHertz: this.reading(native.graphicsClockMhz, fromMega),
      smClockHertz: this.reading(native.smClockMhz, fromMega),
      memoryClockHertz: this.reading(native.memoryClockMhz, fromMega),
    };
    this.converted.set(index, snapshot);
    return snapshot;
  }

  private reading<T>(native: NativeReading<T>): NvmlReading<T>;
  private reading<T, U>(native: NativeReading<T>, convert: (value: T) => U): NvmlReading<U>;
  private reading<T>(
    native: NativeReading<T>,
    convert: (value: T) => unknown = (value) => value,
  ): NvmlReading<unknown> {
    if (native.ok) return { ok: true, value: convert(native.value) };
    const returnCode = this.returnCode(native.code);
    return { ok: false, why: meaningOf(returnCode).effect === "absent" ? "unsupported" : "lost", returnCode };
  }

  private returnCode(code: number): { code: number; name: string } {
    return { code, name: this.options.addon.returnCodeName(code) };
  }
}

const fromMilli = (value: number): number => value / 1000;
const fromMega = (value: number): number => value * 1e6;

function failure(reason: "library_not_found" | "library_invalid" | "init_failed"): {
  reason: "nvml_library_not_found" | "nvml_library_invalid" | "nvml_init_failed";
  remedy: string;
} {
  switch (reason) {
    case "library_not_found":
      return {
        reason: "nvml_library_not_found",
        remedy:
          "install the NVIDIA driver; in a container, run it with the NVIDIA runtime and the `utility` capability; " +
          "or set gpu.library to the path of libnvidia-ml.so.1",
      };
    case "library_invalid":
      return { reason: "nvml_library_invalid", remedy: "set gpu.library to the driver's libnvidia-ml.so.1" };
    case "init_failed":
      return {
        reason: "nvml_init_failed",
        remedy: "see whether nvidia-smi works and what dmesg says of NVRM; it is tried again by itself",
      };
  }
}
