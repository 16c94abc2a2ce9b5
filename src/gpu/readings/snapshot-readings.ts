import { present, type Reading, type ReadingDeclaration, type Readings } from "../../core/result.js";
import type { NvmlReading } from "../nvml-reading.js";
import type { GpuMemory, GpuSnapshot } from "../snapshot.js";
import { absent, numberOf, same } from "./reading.js";

/** What each snapshot has, in base units. */
export const snapshotReadings = {
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
  memoryTemperatureCelsius: {
    metric: "gpu_memory_temperature",
    unit: "celsius",
    help: "Temperature of the GPU's memory.",
  },
  temperatureMarginCelsius: {
    metric: "gpu_temperature_margin",
    unit: "celsius",
    help: "What is left to the temperature that the GPU may have in the long run; negative beyond it.",
  },
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

export function snapshotReadingsOf(snapshot: GpuSnapshot): Readings {
  const { utilization } = snapshot;
  return {
    ...memoryReadingsOf(snapshot.memory),
    gpuUtilizationRatio: numberOf(utilization, ({ gpuRatio }) => gpuRatio),
    memoryUtilizationRatio: numberOf(utilization, ({ memoryRatio }) => memoryRatio),
    temperatureCelsius: same(snapshot.temperatureCelsius),
    memoryTemperatureCelsius: same(snapshot.memoryTemperatureCelsius),
    temperatureMarginCelsius: same(snapshot.temperatureMarginCelsius),
    powerWatts: same(snapshot.powerWatts),
    powerLimitWatts: same(snapshot.powerLimitWatts),
    graphicsClockHertz: same(snapshot.graphicsClockHertz),
    smClockHertz: same(snapshot.smClockHertz),
    memoryClockHertz: same(snapshot.memoryClockHertz),
    sampleDurationSeconds: present(snapshot.durationMs / 1000),
  } satisfies Record<keyof typeof snapshotReadings, Reading<number>>;
}

/** All that a MIG instance has of its own. */
export function memoryReadingsOf(memory: NvmlReading<GpuMemory>) {
  return {
    memoryTotalBytes: numberOf(memory, ({ totalBytes }) => totalBytes),
    memoryUsedBytes: numberOf(memory, ({ usedBytes }) => usedBytes),
    memoryReservedBytes: memory.ok ? memory.value.reservedBytes : absent(memory),
    memoryFreeBytes: numberOf(memory, ({ freeBytes }) => freeBytes),
  } satisfies Readings;
}
