import type { Reading } from "../core/result.js";

/** An NVML call that has not returned yet. */
export interface CallInFlight {
  /** The function's name: `nvmlDeviceGetMemoryInfo_v2`. */
  readonly function: string;
  /** On the monotonic clock, in milliseconds. */
  readonly startedAtMs: number;
}

/** An NVML return code that is not success, with its name: `NVML_ERROR_GPU_IS_LOST`. */
export interface ReturnCode {
  readonly code: number;
  readonly name: string;
}

/** A reading that keeps the return code for why it is absent. */
export type NvmlReading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: "unsupported" | "lost"; readonly returnCode: ReturnCode };

/** Framebuffer memory in bytes. total = used + reserved + free; where NVML has no `reserved`, `used` includes it. */
export interface GpuMemory {
  readonly totalBytes: number;
  readonly usedBytes: number;
  readonly reservedBytes: Reading<number>;
  readonly freeBytes: number;
}

/** Shares of the driver's last sample period (1/6 s to 1 s by card): 0 to 1. */
export interface GpuUtilization {
  /** Share of time in which a kernel ran. */
  readonly gpuRatio: number;
  /** Share of time in which memory was read or written. */
  readonly memoryRatio: number;
}

/** One immutable reading of one GPU by its sampler thread. */
export interface GpuSnapshot {
  readonly sequence: number;
  /** When the sample was complete, on the monotonic clock, in milliseconds. */
  readonly sampledAtMs: number;
  /** How long the sample took, in milliseconds. */
  readonly durationMs: number;
  readonly memory: NvmlReading<GpuMemory>;
  readonly utilization: NvmlReading<GpuUtilization>;
  readonly temperatureCelsius: NvmlReading<number>;
  readonly powerWatts: NvmlReading<number>;
  readonly powerLimitWatts: NvmlReading<number>;
  readonly graphicsClockHertz: NvmlReading<number>;
  readonly smClockHertz: NvmlReading<number>;
  readonly memoryClockHertz: NvmlReading<number>;
}

/** One GPU as the sampler knows it now. */
export interface GpuView {
  readonly index: number;
  readonly uuid: NvmlReading<string>;
  readonly name: NvmlReading<string>;
  readonly pciBusId: NvmlReading<string>;
  readonly serial: NvmlReading<string>;
  /** Why NVML gives no handle of this GPU (lost, no permission); undefined when it does. */
  readonly handleError?: ReturnCode;
  readonly call?: CallInFlight;
  /** The newest snapshot; undefined before the first one is complete. */
  readonly snapshot?: GpuSnapshot;
}

/** The NVML library as the sampler knows it now. */
export type LibraryState =
  /** `gpu.mode: off`: never loaded. */
  | { readonly phase: "off" }
  | { readonly phase: "opening"; readonly path: string; readonly call?: CallInFlight }
  | {
      readonly phase: "failed";
      readonly path: string;
      readonly reason: "addon_missing" | "nvml_library_not_found" | "nvml_library_invalid" | "nvml_init_failed";
      readonly message: string;
      readonly remedy: string;
    }
  | {
      readonly phase: "ready";
      readonly path: string;
      /** The library says of itself that its GPUs are simulated. */
      readonly simulated: boolean;
      readonly driverVersion: NvmlReading<string>;
      readonly nvmlVersion: NvmlReading<string>;
      /** As NVML encodes it: 12080 is 12.8. */
      readonly cudaDriverVersion: NvmlReading<number>;
    };
