import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { buildFolder } from "./build-folder.js";

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
  /** Of the GPU's memory. */
  memoryTemperatureCelsius: NativeReading<number>;
  /** °C left to the temperature that the GPU may have in the long run, as nvidia-smi's T.Limit; negative beyond it. The
   *  inspection's margins say at how much it slows down and turns off. */
  temperatureMarginCelsius: NativeReading<number>;
  powerMilliwatts: NativeReading<number>;
  /** The enforced limit. */
  powerLimitMilliwatts: NativeReading<number>;
  graphicsClockMhz: NativeReading<number>;
  smClockMhz: NativeReading<number>;
  memoryClockMhz: NativeReading<number>;
  /** NVML's bit mask of why the clocks are lower than they could be. Bits that this product does not know are kept. */
  clocksEventReasons: NativeReading<number>;
}

/** What changes slowly on one GPU, read at an interval of its own. Frozen, as a snapshot is. */
export interface NativeInspection {
  /** Counts from 1 for each GPU. */
  sequence: number;
  /** CLOCK_MONOTONIC, as process.hrtime() has it, when the last of the inspection's calls had returned. */
  inspectedAtMs: number;
  durationMs: number;
  /** Temperatures at which the GPU turns itself off, and slows down. Newer data-centre cards have margins instead. */
  shutdownCelsius: NativeReading<number>;
  slowdownCelsius: NativeReading<number>;
  /** The highest at which memory, and the GPU, run without being slowed down. */
  memoryMaxCelsius: NativeReading<number>;
  gpuMaxCelsius: NativeReading<number>;
  /** What `temperatureMarginCelsius` is at these four, on cards that have no temperatures for them. */
  shutdownMarginCelsius: NativeReading<number>;
  slowdownMarginCelsius: NativeReading<number>;
  memoryMaxMarginCelsius: NativeReading<number>;
  gpuMaxMarginCelsius: NativeReading<number>;
  persistenceMode: NativeReading<boolean>;
  eccEnabled: NativeReading<boolean>;
  /** What `eccEnabled` will be after the next reset of the GPU. */
  eccPending: NativeReading<boolean>;
  /** Volatile: since the driver was loaded or the GPU was reset. Aggregate: over the card's life. */
  eccVolatileCorrected: NativeReading<number>;
  eccVolatileUncorrected: NativeReading<number>;
  eccAggregateCorrected: NativeReading<number>;
  eccAggregateUncorrected: NativeReading<number>;
  /** Ampere and later. Some consumer cards answer, although they have none. */
  remappedRows: NativeReading<{ correctable: number; uncorrectable: number; isPending: boolean; hasFailed: boolean }>;
  /** Before Ampere, by the kind of error that retired them. */
  retiredPagesSingleBit: NativeReading<number>;
  retiredPagesDoubleBit: NativeReading<number>;
  retiredPagesPending: NativeReading<boolean>;
  /** 0 none, 1 reset, 2 reboot, 3 drain, 4 drain and reset; newer drivers have more. */
  recoveryAction: NativeReading<number>;
  pcieReplayCount: NativeReading<number>;
  pcieLinkGeneration: NativeReading<number>;
  /** What card and slot can do together. The link runs below its maximum generation while the GPU is idle. */
  pcieMaxLinkGeneration: NativeReading<number>;
  pcieLinkWidth: NativeReading<number>;
  pcieMaxLinkWidth: NativeReading<number>;
  /** The links that the GPU has; [] without NVLink. */
  nvlinks: NativeNvlink[];
  /** state: 0 not supported, 1 not started, 2 in progress, 3 completed. status: an NVML return code, meaningful once
   *  completed. healthMask: NVML's bit fields, 0 from drivers that do not report them. */
  fabric: NativeReading<{ state: number; status: number; healthMask: number }>;
  migEnabled: NativeReading<boolean>;
  processes: NativeReading<NativeProcess[]>;
}

export interface NativeNvlink {
  link: number;
  isActive: NativeReading<boolean>;
  crcErrors: NativeReading<number>;
  replayErrors: NativeReading<number>;
  recoveryErrors: NativeReading<number>;
}

/** A process that has a context on the GPU. */
export interface NativeProcess {
  pid: number;
  kind: "compute" | "graphics" | "mps";
  /** Not available under some drivers and in some containers. */
  usedBytes: NativeReading<number>;
  /** As NVML or the kernel has it; absent where neither tells. */
  name?: string;
  /** Whether the process still runs. True also where this cannot be known, as where the driver's pids are not those of
   *  this container. */
  exists: boolean;
  /** Under MIG. */
  gpuInstanceId?: number;
  computeInstanceId?: number;
}

/** A MIG instance of a GPU, sampled with it. */
export interface NativeMigInstance {
  gpuInstanceId: number;
  computeInstanceId: number;
  uuid: NativeReading<string>;
  name: NativeReading<string>;
  memory: NativeSnapshot["memory"];
}

/** Something that the driver told by itself, as it came. */
export interface NativeEvent {
  /** Counts from 1; a gap says that events were dropped. */
  sequence: number;
  /** CLOCK_MONOTONIC, as process.hrtime() has it, when the driver handed it over. */
  atMs: number;
  /** Of the GPU; -1 where the driver names one that is not known here. */
  index: number;
  kind: "xid" | "other";
  /** NVML's event type, one bit: 0x8 is an XID. */
  eventType: number;
  /** The event's data: the XID, where it is one. 999: an XID that the driver could not tell. */
  xid: number;
  /** Absent: the whole GPU. */
  gpuInstanceId?: number;
  computeInstanceId?: number;
}

/** Frozen; the same object comes back while nothing of it has changed and its thread is in no call. */
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
  /** The newest inspection. */
  inspection?: NativeInspection;
  /** As of the newest reading; [] without MIG. */
  migInstances: NativeMigInstance[];
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
  /** How often NVML was initialised: 0 before the first time, and once more whenever a driver or a GPU came back. */
  generation: number;
  /** CLOCK_MONOTONIC, as process.hrtime() has it, when NVML was first initialised with the driver that is loaded now; 0
   *  before the first time. It tells a reload from an initialisation for one GPU's sake, also where the outage was too
   *  short for any reading to show it. */
  driverLoadedAtMs: number;
  /** Whether the driver tells events of one GPU at least. */
  eventsSupported: NativeReading<boolean>;
  /** The call that the opening thread is in now; after `ready` it initialises NVML again where that is needed. */
  call?: NativeCall;
  /** By index; none is ever taken out. One that did not come back with the driver has the handle code 28
   *  (NVML_ERROR_GPU_NOT_FOUND); others that came are added. */
  gpus: NativeGpu[];
}

/** Samples every GPU on threads of its own until it is stopped. Keeps neither the event loop nor the process alive. */
export interface NativeSampler {
  /** Never waits for the driver. */
  status(): NativeStatus;
  /** The events since the last call, oldest first. At most 1024 wait; then the oldest is dropped. */
  takeEvents(): NativeEvent[];
  /** How many were dropped since the start. */
  droppedEvents(): number;
  /** Ends the sampling; `onChange` is not called any more. Returns the number of threads that were left behind because
   *  their call into the driver has not returned: if it is not 0, leave the process by `exitNow`. Takes 200 ms at most
   *  in that case. May be called again. */
  stop(): number;
}

export interface SamplerOptions {
  /** A file, or a name for the dynamic linker; `libnvidia-ml.so.1` without it. */
  libraryPath?: string;
  /** From 1 to 86,400,000. All GPUs are sampled at the same multiples of it. */
  intervalMs: number;
  /** How often what changes slowly is read: from 1 to 86,400,000; 5000 without it. */
  inspectionIntervalMs?: number;
  /** The status has changed, or an event has come. Changes that come together are told once. */
  onChange: () => void;
}

export interface Addon {
  Sampler: new (options: SamplerOptions) => NativeSampler;
  /** Leaves the process at once, without exit handlers: those would wait for a hung driver. */
  exitNow(code: number): never;
  /** Sends one datagram to a Unix socket (`@` begins an abstract name) without waiting; gives 0, or the errno. */
  sendDatagram(path: string, message: string): number;
  /** "NVML_ERROR_GPU_IS_LOST"; a code without a name keeps its number: "NVML_ERROR_777". */
  returnCodeName(code: number): string;
}

/** Loads the native part. Never throws: a package without it still serves, so the caller decides what that means. */
export function loadAddon(): { ok: true; addon: Addon } | { ok: false; message: string } {
  const path = fileURLToPath(new URL("gpu_health.node", buildFolder));
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
