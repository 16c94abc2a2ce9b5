import type { Reading } from "../core/result.js";
import type { GpuInspection } from "./inspection.js";
import type { NvmlReading, ReturnCode } from "./nvml-reading.js";

/** An NVML call that has not returned yet. */
export interface CallInFlight {
  /** The function's name: `nvmlDeviceGetMemoryInfo_v2`. */
  readonly function: string;
  /** On the monotonic clock, in milliseconds. */
  readonly startedAtMs: number;
}

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
  readonly memoryTemperatureCelsius: NvmlReading<number>;
  /** What is left to the temperature that the GPU may have in the long run (nvidia-smi's T.Limit); negative beyond it. */
  readonly temperatureMarginCelsius: NvmlReading<number>;
  /** Why the clocks are as they are: a bit for each reason, unknown bits kept. See `clockEventReasons`. */
  readonly clocksEventReasons: NvmlReading<number>;
  readonly powerWatts: NvmlReading<number>;
  readonly powerLimitWatts: NvmlReading<number>;
  readonly graphicsClockHertz: NvmlReading<number>;
  readonly smClockHertz: NvmlReading<number>;
  readonly memoryClockHertz: NvmlReading<number>;
}

/** The parts of a MIG instance's name: `gpu/0/mig/1.0` is GPU instance 1, compute instance 0. */
export interface MigInstanceId {
  readonly gpuInstanceId: number;
  readonly computeInstanceId: number;
}

/** A share of a GPU that works like a GPU of its own. */
export interface MigInstance extends MigInstanceId {
  readonly uuid: NvmlReading<string>;
  readonly name: NvmlReading<string>;
  readonly memory: NvmlReading<GpuMemory>;
}

/** What the driver told unasked. */
export interface GpuEvent {
  readonly sequence: number;
  /** When it came, on the monotonic clock, in milliseconds. */
  readonly atMs: number;
  /** Of the GPU; undefined where the driver named none that is known. */
  readonly index: number | undefined;
  /** The error that the driver reports; other events carry none. */
  readonly xid: number | undefined;
  /** The instance that it is about; undefined: the whole GPU. */
  readonly instance?: MigInstanceId;
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
  /** The newest inspection; undefined before the first one is complete. */
  readonly inspection?: GpuInspection;
  /** Empty where the GPU is not shared out. */
  readonly migInstances: readonly MigInstance[];
}

/** The NVML library as the sampler knows it now. */
export type LibraryState =
  /** `gpu.mode: off`: never loaded. */
  | { readonly phase: "off" }
  | {
      readonly phase: "opening";
      readonly path: string;
      /** As below; absent before the library was loaded. */
      readonly simulated?: boolean;
      readonly call?: CallInFlight;
    }
  | {
      readonly phase: "failed";
      readonly path: string;
      /** As below; absent where the library was never loaded. */
      readonly simulated?: boolean;
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
      /** Counts the times that NVML was opened: more than 1 once a driver or a GPU came back. */
      readonly generation: number;
      /** When the driver that is loaded now was found, on the monotonic clock, in milliseconds. */
      readonly driverLoadedAtMs: number;
      /** Whether the driver tells of XIDs as they happen. */
      readonly eventsSupported: NvmlReading<boolean>;
    };
