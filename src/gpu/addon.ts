import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** A value, or the NVML return code that came in its place. */
export type NativeReading<T> = { ok: true; value: T } | { ok: false; code: number };

/** A call that has not returned. `startedAtMs`: CLOCK_MONOTONIC, as process.hrtime() has it. */
export interface NativeCall {
  function: string;
  startedAtMs: number;
}

/** One reading of one GPU. Frozen; the same object comes back until the GPU has a newer one. */
export interface NativeSnapshot {
  /** Counts from 1 for each GPU. */
  sequence: number;
  /** CLOCK_MONOTONIC, as process.hrtime() has it, when the last of the reading's calls had returned. */
  sampledAtMs: number;
  durationMs: number;
  /** total = used + reserved + free; where `reservedBytes` is not known, `usedBytes` includes it. */
  memory: NativeReading<{
    totalBytes: number;
    usedBytes: number;
    reservedBytes: NativeReading<number>;
    freeBytes: number;
  }>;
  /** Over the driver's last sampling period, which is between 1/6 s and 1 s. */
  utilization: NativeReading<{ gpuPercent: number; memoryPercent: number }>;
  temperatureCelsius: NativeReading<number>;
  powerMilliwatts: NativeReading<number>;
  /** The enforced limit. */
  powerLimitMilliwatts: NativeReading<number>;
  graphicsClockMhz: NativeReading<number>;
  smClockMhz: NativeReading<number>;
  memoryClockMhz: NativeReading<number>;
}

export interface NativeGpu {
  index: number;
  /** NVML's answer to the request for a handle; code 27 (NVML_ERROR_NOT_READY) until there was one. */
  handle: { ok: true } | { ok: false; code: number };
  uuid: NativeReading<string>;
  name: NativeReading<string>;
  pciBusId: NativeReading<string>;
  /** Not supported on consumer cards. */
  serial: NativeReading<string>;
  /** The call that this GPU's thread is in now. */
  call?: NativeCall;
  /** The newest reading. */
  snapshot?: NativeSnapshot;
}

export interface NativeStatus {
  /** `ready` once every GPU has answered, or 1 s after the driver said how many there are. `failed` with
   *  `init_failed` is tried again every 5 s (or every interval, if that is longer); the other failures are final. */
  phase: "opening" | "ready" | "failed";
  /** The library's path or soname, as it was asked for. */
  path: string;
  simulated: boolean;
  /** Set exactly while `phase` is `failed`. `code` is NVML's, where NVML gave one. */
  error?: { reason: "library_not_found" | "library_invalid" | "init_failed"; message: string; code?: number };
  driverVersion: NativeReading<string>;
  nvmlVersion: NativeReading<string>;
  /** 1000 * major + 10 * minor. */
  cudaDriverVersion: NativeReading<number>;
  /** The call that the opening thread is in now. */
  call?: NativeCall;
  /** By index; none is ever taken out. */
  gpus: NativeGpu[];
}

/** Samples every GPU on threads of its own until it is stopped. Keeps neither the event loop nor the process alive. */
export interface NativeSampler {
  /** Never waits for the driver. */
  status(): NativeStatus;
  /** Ends the sampling; `onChange` is not called any more. Returns the number of threads that were left behind because
   *  their call into the driver has not returned: if it is not 0, leave the process by `exitNow`. Takes 150 ms at most
   *  in that case. May be called again. */
  stop(): number;
}

export interface SamplerOptions {
  /** A file, or a name for the dynamic linker; `libnvidia-ml.so.1` without it. */
  libraryPath?: string;
  /** From 1 to 86,400,000. All GPUs are sampled at the same multiples of it. */
  intervalMs: number;
  /** The status has changed. Changes that come together are told once. */
  onChange: () => void;
}

export interface Addon {
  Sampler: new (options: SamplerOptions) => NativeSampler;
  /** Leaves the process at once, without exit handlers: those would wait for a hung driver. */
  exitNow(code: number): never;
  /** "NVML_ERROR_GPU_IS_LOST"; a code without a name keeps its number: "NVML_ERROR_777". */
  returnCodeName(code: number): string;
}

// The same relative path from src/gpu and from dist/gpu.
const RELEASE = new URL("../../build/Release/", import.meta.url);

/** Loads the native part. Never throws: a package without it still serves, so the caller decides what that means. */
export function loadAddon(): { ok: true; addon: Addon } | { ok: false; message: string } {
  const path = fileURLToPath(new URL("gpu_health.node", RELEASE));
  try {
    return { ok: true, addon: createRequire(import.meta.url)(path) as Addon };
  } catch (error) {
    const detail = error instanceof Error ? error.message.split("\n")[0] : String(error);
    return {
      ok: false,
      message:
        `The native GPU part cannot be loaded: ${detail}. ` +
        "Install a C++17 compiler and CMake (Debian: apt-get install g++ make cmake), then run: npm rebuild gpu-health (in a checkout of it: npm run install)",
    };
  }
}
