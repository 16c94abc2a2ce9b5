import { lost, present, type Reading, type ReadingDeclaration, type Readings, unsupported } from "../core/result.js";
import type { NvmlReading } from "./nvml-reading.js";
import type { GpuMemory, GpuSnapshot } from "./snapshot.js";

/** Every reading of a GPU, in base units, as results carry them and gauges show them. */
export const gpuReadings = {
  memoryTotalBytes: { metric: "gpu_memory_total", unit: "bytes", help: "GPU memory in all." },
  memoryUsedBytes: {
    metric: "gpu_memory_used",
    unit: "bytes",
    help: "GPU memory in use; includes what the driver reserves where it does not report that apart.",
  },
  memoryReservedBytes: { metric: "gpu_memory_reserved", unit: "bytes", help: "GPU memory reserved by the driver." },
  memoryFreeBytes: { metric: "gpu_memory_free", unit: "bytes", help: "GPU memory that can still be allocated." },
  gpuUtilizationRatio: {
    metric: "gpu_utilization",
    unit: "ratio",
    help: "Share of the driver's last sample period in which a kernel ran.",
  },
  memoryUtilizationRatio: {
    metric: "gpu_memory_utilization",
    unit: "ratio",
    help: "Share of the driver's last sample period in which GPU memory was read or written.",
  },
  temperatureCelsius: { metric: "gpu_temperature", unit: "celsius", help: "Temperature of the GPU's core." },
  powerWatts: { metric: "gpu_power", unit: "watts", help: "Power that the card draws." },
  powerLimitWatts: { metric: "gpu_power_limit", unit: "watts", help: "Power limit in force." },
  graphicsClockHertz: { metric: "gpu_graphics_clock", unit: "hertz", help: "Graphics clock." },
  smClockHertz: { metric: "gpu_sm_clock", unit: "hertz", help: "Clock of the streaming multiprocessors." },
  memoryClockHertz: { metric: "gpu_memory_clock", unit: "hertz", help: "Memory clock." },
  sampleDurationSeconds: {
    metric: "gpu_sample_duration",
    unit: "seconds",
    help: "Time that the NVML calls of the newest reading took together.",
  },
} satisfies Record<string, ReadingDeclaration>;

export function readingsOf(snapshot: GpuSnapshot): Readings {
  const { utilization } = snapshot;
  return {
    ...memoryReadingsOf(snapshot.memory),
    gpuUtilizationRatio: map(utilization, ({ gpuRatio }) => gpuRatio),
    memoryUtilizationRatio: map(utilization, ({ memoryRatio }) => memoryRatio),
    temperatureCelsius: map(snapshot.temperatureCelsius, same),
    powerWatts: map(snapshot.powerWatts, same),
    powerLimitWatts: map(snapshot.powerLimitWatts, same),
    graphicsClockHertz: map(snapshot.graphicsClockHertz, same),
    smClockHertz: map(snapshot.smClockHertz, same),
    memoryClockHertz: map(snapshot.memoryClockHertz, same),
    sampleDurationSeconds: present(snapshot.durationMs / 1000),
  } satisfies Record<keyof typeof gpuReadings, Reading<number>>;
}

/** The readings of a MIG instance: the others are of its whole GPU. */
export function memoryReadingsOf(memory: NvmlReading<GpuMemory>) {
  return {
    memoryTotalBytes: map(memory, ({ totalBytes }) => totalBytes),
    memoryUsedBytes: map(memory, ({ usedBytes }) => usedBytes),
    memoryReservedBytes: memory.ok ? memory.value.reservedBytes : absent(memory),
    memoryFreeBytes: map(memory, ({ freeBytes }) => freeBytes),
  } satisfies Readings;
}

function map<T>(reading: NvmlReading<T>, pick: (value: T) => number): Reading<number> {
  return reading.ok ? present(pick(reading.value)) : absent(reading);
}

const absent = ({ why }: { readonly why: "unsupported" | "lost" }): Reading<never> =>
  why === "lost" ? lost : unsupported;

const same = (value: number): number => value;
