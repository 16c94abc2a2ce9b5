import type { NvmlReading } from "./nvml-reading.js";

/** Rows of memory that the GPU has replaced by spare ones (Ampere and later). */
export interface RemappedRows {
  /** Rows remapped because of correctable errors. */
  readonly correctable: number;
  /** Rows remapped because of uncorrectable errors. */
  readonly uncorrectable: number;
  /** A remapping waits for the next reset of the GPU. */
  readonly isPending: boolean;
  /** A remapping has failed: no spare row was left. */
  readonly hasFailed: boolean;
}

/** One link of the GPU to another GPU or to an NVSwitch. Error counts are since the driver was loaded. */
export interface NvLink {
  readonly link: number;
  readonly isActive: NvmlReading<boolean>;
  readonly crcErrors: NvmlReading<number>;
  readonly replayErrors: NvmlReading<number>;
  readonly recoveryErrors: NvmlReading<number>;
}

/** The GPU's registration with the NVLink fabric, as nvmlDeviceGetGpuFabricInfoV has it. */
export interface GpuFabric {
  /** 0 not supported, 1 not started, 2 in progress, 3 completed; others are carried as they come. */
  readonly state: number;
  /** The return code of the registration; counts once the state is completed. */
  readonly status: number;
  /** Two bits for each condition, four for the last: see `fabricProblems`. */
  readonly healthMask: number;
}

/** A process that has work or memory on the GPU. */
export interface GpuProcess {
  /** As the driver counts processes: in a container it may be another process's number, or nobody's. */
  readonly pid: number;
  readonly kind: "compute" | "graphics" | "mps";
  readonly usedBytes: NvmlReading<number>;
  /** The name of its program, where the system tells. */
  readonly name?: string;
  /** False only where it is certain that no such process runs any more. */
  readonly exists: boolean;
  readonly gpuInstanceId?: number;
  readonly computeInstanceId?: number;
}

/** The signals of one GPU that change slowly, read at an interval of their own. Immutable. */
export interface GpuInspection {
  readonly sequence: number;
  /** When it was complete, on the monotonic clock, in milliseconds. */
  readonly inspectedAtMs: number;
  readonly durationMs: number;
  /** Thresholds, as temperatures. */
  readonly shutdownCelsius: NvmlReading<number>;
  readonly slowdownCelsius: NvmlReading<number>;
  readonly memoryMaxCelsius: NvmlReading<number>;
  readonly gpuMaxCelsius: NvmlReading<number>;
  /** Thresholds, as values of the snapshot's `temperatureMarginCelsius` (H200: slowdown at −2, shutdown at −8). */
  readonly shutdownMarginCelsius: NvmlReading<number>;
  readonly slowdownMarginCelsius: NvmlReading<number>;
  readonly persistenceMode: NvmlReading<boolean>;
  readonly eccEnabled: NvmlReading<boolean>;
  /** Whether ECC will be on after the next reset. */
  readonly eccPending: NvmlReading<boolean>;
  /** Since the driver was loaded or the GPU was reset. */
  readonly eccVolatileCorrected: NvmlReading<number>;
  readonly eccVolatileUncorrected: NvmlReading<number>;
  /** In the card's life. */
  readonly eccAggregateCorrected: NvmlReading<number>;
  readonly eccAggregateUncorrected: NvmlReading<number>;
  readonly remappedRows: NvmlReading<RemappedRows>;
  /** Pages of memory taken out of use (before Ampere). */
  readonly retiredPagesSingleBit: NvmlReading<number>;
  readonly retiredPagesDoubleBit: NvmlReading<number>;
  readonly retiredPagesPending: NvmlReading<boolean>;
  /** What the driver asks for: 0 none, 1 reset, 2 reboot, 3 drain, 4 drain and reset; others are carried. */
  readonly recoveryAction: NvmlReading<number>;
  readonly pcieReplayCount: NvmlReading<number>;
  readonly pcieLinkGeneration: NvmlReading<number>;
  /** The most that this card and this slot can do together. */
  readonly pcieMaxLinkGeneration: NvmlReading<number>;
  /** In lanes. */
  readonly pcieLinkWidth: NvmlReading<number>;
  readonly pcieMaxLinkWidth: NvmlReading<number>;
  readonly nvlinks: readonly NvLink[];
  readonly fabric: NvmlReading<GpuFabric>;
  readonly migEnabled: NvmlReading<boolean>;
  readonly processes: NvmlReading<readonly GpuProcess[]>;
}
