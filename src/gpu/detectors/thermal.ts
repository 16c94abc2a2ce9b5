import type { SignalFault } from "../faults/signal-rows.js";
import type { GpuInspection } from "../inspection.js";
import type { NvmlReading } from "../nvml-reading.js";
import type { GpuSnapshot } from "../snapshot.js";
import { type Finding, findingIf } from "./finding.js";

/** Temperatures against the card's own thresholds, which the first inspection brings. */
export function thermalFindings(snapshot: GpuSnapshot, inspection: GpuInspection | undefined): readonly Finding[] {
  if (inspection === undefined) return [];
  const { shutdownCelsius, shutdownMarginCelsius, slowdownCelsius, slowdownMarginCelsius } = inspection;
  const { memoryTemperatureCelsius: memory } = snapshot;
  const memoryMax = thresholdOf(inspection.memoryMaxCelsius);
  return [
    ...beyond("gpu_shutdown_temperature", "switches itself off", snapshot, shutdownCelsius, shutdownMarginCelsius),
    ...beyond("gpu_too_hot", "slows down", snapshot, slowdownCelsius, slowdownMarginCelsius),
    ...(memory.ok && memoryMax !== undefined
      ? findingIf(memory.value >= memoryMax, "gpu_memory_too_hot", () => `${memory.value} °C, ${memoryMax} °C allowed`)
      : []),
  ];
}

/** By the temperature where the card has a threshold for it, else by the margin: the newest have nothing else. */
function beyond(
  fault: SignalFault,
  what: string,
  { temperatureCelsius, temperatureMarginCelsius: margin }: GpuSnapshot,
  celsius: NvmlReading<number>,
  atMargin: NvmlReading<number>,
): readonly Finding[] {
  const limit = thresholdOf(celsius);
  if (limit !== undefined && temperatureCelsius.ok) {
    const { value } = temperatureCelsius;
    return findingIf(value >= limit, fault, () => `${value} °C, it ${what} at ${limit} °C`);
  }
  if (!margin.ok || !atMargin.ok) return [];
  const detail = () => `a margin of ${margin.value} °C, it ${what} at ${atMargin.value} °C`;
  return findingIf(margin.value <= atMargin.value, fault, detail);
}

/** Some drivers answer 0 where there is no such threshold, and a margin where there is one of the other kind. */
const thresholdOf = (reading: NvmlReading<number>): number | undefined =>
  reading.ok && reading.value > 0 ? reading.value : undefined;
