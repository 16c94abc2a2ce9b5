import type { GpuInspection } from "../inspection.js";
import type { GpuSnapshot } from "../snapshot.js";
import { type CounterWindow, growthPerMinute, observeCounter } from "./counter-window.js";
import { type Finding, findingIf } from "./finding.js";

/** From here on a GPU works hard enough for its link to run at full speed. */
const loadRatio = 0.5;
/** DCGM's limit. */
const replaysPerMinute = 8;

export interface PcieHistory {
  readonly replays: CounterWindow;
  /** Under load, the link had fewer lanes than it could, or was slower, at the newest inspection. */
  readonly isNarrow: boolean;
  readonly isSlow: boolean;
  /** At the inspection before. */
  readonly wasSlow: boolean;
}

export const emptyPcieHistory: PcieHistory = { replays: [], isNarrow: false, isSlow: false, wasSlow: false };

/** The history with one more inspection. */
export function observePcie(
  history: PcieHistory,
  inspection: GpuInspection,
  snapshot: GpuSnapshot | undefined,
): PcieHistory {
  const { pcieReplayCount, inspectedAtMs } = inspection;
  return {
    replays: pcieReplayCount.ok ? observeCounter(history.replays, inspectedAtMs, pcieReplayCount.value) : [],
    isNarrow: isLoaded(snapshot) && isBelow(inspection.pcieLinkWidth, inspection.pcieMaxLinkWidth),
    isSlow: isLoaded(snapshot) && isBelow(inspection.pcieLinkGeneration, inspection.pcieMaxLinkGeneration),
    wasSlow: history.isSlow,
  };
}

export function pcieFindings(
  { replays, isNarrow, isSlow, wasSlow }: PcieHistory,
  { pcieLinkWidth, pcieMaxLinkWidth, pcieLinkGeneration, pcieMaxLinkGeneration }: GpuInspection,
): readonly Finding[] {
  const replayed = growthPerMinute(replays);
  return [
    ...findingIf(isNarrow, "gpu_pcie_link_width", () => `${ofMost(pcieLinkWidth, pcieMaxLinkWidth)} lanes`),
    // Idle, a link slows down to save power, and the utilization is that of the second before: hence twice.
    ...findingIf(
      isSlow && wasSlow,
      "gpu_pcie_link_generation",
      () => `generation ${ofMost(pcieLinkGeneration, pcieMaxLinkGeneration)}`,
    ),
    ...findingIf(
      replayed > replaysPerMinute,
      "gpu_pcie_replays",
      () => `${Math.round(replayed)} in a minute, ${replaysPerMinute} allowed`,
    ),
  ];
}

const isLoaded = (snapshot: GpuSnapshot | undefined): boolean =>
  snapshot?.utilization.ok === true && snapshot.utilization.value.gpuRatio >= loadRatio;

type NumberReading = GpuInspection["pcieLinkWidth"];

const isBelow = (now: NumberReading, most: NumberReading): boolean => now.ok && most.ok && now.value < most.value;
const ofMost = (now: NumberReading, most: NumberReading): string => `${textOf(now)} of ${textOf(most)}`;
const textOf = (reading: NumberReading): string => (reading.ok ? String(reading.value) : "?");
