import type { GpuInspection } from "../inspection.js";
import type { NvmlReading } from "../nvml-reading.js";
import type { GpuSnapshot } from "../snapshot.js";
import { type Finding, findingIf } from "./finding.js";

/** Temperatures against the card's own thresholds. */
export function thermalFindings(snapshot: GpuSnapshot, inspection: GpuInspection | undefined): readonly Finding[] {
  const { temperatureCelsius, memoryTemperatureCelsius } = snapshot;
  const shutdown = threshold(inspection?.shutdownCelsius);
  const memoryMax = threshold(inspection?.memoryMaxCelsius);
  const celsius = temperatureCelsius.ok ? temperatureCelsius.value : Number.NEGATIVE_INFINITY;
  const memoryCelsius = memoryTemperatureCelsius.ok ? memoryTemperatureCelsius.value : Number.NEGATIVE_INFINITY;
  return [
    ...findingIf(celsius >= shutdown, "gpu_shutdown_temperature", `${celsius} °C, it shuts down at ${shutdown} °C`),
    ...slowdown(snapshot, inspection),
    ...findingIf(memoryCelsius >= memoryMax, "gpu_memory_too_hot", `${memoryCelsius} °C, ${memoryMax} °C allowed`),
  ];
}

/**
 * By the margin where there is one, since the newest cards have nothing else. Hopper gives its thresholds as margins too
 * (H200: slowdown at −2 °C): a threshold of 0 or below is one of those.
 */
function slowdown(
  { temperatureCelsius, temperatureMarginCelsius: margin }: GpuSnapshot,
  inspection: GpuInspection | undefined,
): readonly Finding[] {
  const given = inspection?.slowdownCelsius;
  if (margin.ok) {
    const limit = given?.ok === true && given.value <= 0 ? given.value : 0;
    return findingIf(margin.value <= limit, "gpu_too_hot", `${margin.value} °C left to its slowdown threshold`);
  }
  const limit = threshold(given);
  if (!temperatureCelsius.ok) return [];
  const detail = `${temperatureCelsius.value} °C, it slows down at ${limit} °C`;
  return findingIf(temperatureCelsius.value >= limit, "gpu_too_hot", detail);
}

/** In °C; infinite where there is none or where it is a margin. */
const threshold = (reading: NvmlReading<number> | undefined): number =>
  reading?.ok === true && reading.value > 0 ? reading.value : Number.POSITIVE_INFINITY;
