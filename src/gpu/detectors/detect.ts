import type { GpuInspection } from "../inspection.js";
import { oncePerObject } from "../once-per-object.js";
import type { GpuSnapshot } from "../snapshot.js";
import { type ClockWindow, clockFindings, emptyClockWindow, observeClocks } from "./clocks.js";
import { driverStateFindings } from "./driver-state.js";
import { fabricFindings } from "./fabric.js";
import type { Finding } from "./finding.js";
import { emptyMemoryTrend, leakFindings, type MemoryTrend, observeMemory } from "./leak.js";
import { memoryErrorFindings } from "./memory-errors.js";
import { emptyNvLinkHistory, type NvLinkHistory, nvLinkFindings, observeNvLinks } from "./nvlink.js";
import { emptyPcieHistory, observePcie, type PcieHistory, pcieFindings } from "./pcie.js";
import { emptyOrphanHistory, type OrphanHistory, observeOrphans, orphanFindings } from "./processes.js";
import { thermalFindings } from "./thermal.js";

/** What detectors compare with, beside the card's own thresholds. */
export interface DetectionLimits {
  /** Share of the window, 0 to 1, for which a harmful clock event reason may be active. */
  readonly slowdownShare: number;
  readonly slowdownWindowMs: number;
  /** Over which time free memory must fall steadily. */
  readonly leakWindowMs: number;
}

/** What the detectors remember of one GPU; bounded, whatever comes. */
export interface Histories {
  readonly clocks: ClockWindow;
  readonly memory: MemoryTrend;
  readonly pcie: PcieHistory;
  readonly nvlink: NvLinkHistory;
  readonly orphans: OrphanHistory;
}

export const emptyHistories: Histories = {
  clocks: emptyClockWindow,
  memory: emptyMemoryTrend,
  pcie: emptyPcieHistory,
  nvlink: emptyNvLinkHistory,
  orphans: emptyOrphanHistory,
};

/** The newest of each that a GPU has. */
export interface Signals {
  readonly snapshot?: GpuSnapshot;
  readonly inspection?: GpuInspection;
}

/** The histories with what is new: a snapshot, an inspection, or both. Each must be observed once. */
export function observe(
  histories: Histories,
  { snapshot, inspection }: Signals,
  isNew: { readonly snapshot: boolean; readonly inspection: boolean },
  limits: DetectionLimits,
): Histories {
  return {
    ...histories,
    ...(isNew.snapshot && snapshot !== undefined
      ? {
          clocks: observeClocks(histories.clocks, snapshot, limits.slowdownWindowMs),
          memory: observeMemory(histories.memory, snapshot, inspection, limits.leakWindowMs),
        }
      : {}),
    ...(isNew.inspection && inspection !== undefined
      ? {
          pcie: observePcie(histories.pcie, inspection, snapshot),
          nvlink: observeNvLinks(histories.nvlink, inspection),
          orphans: observeOrphans(histories.orphans, inspection),
        }
      : {}),
  };
}

/** What an inspection shows by itself is worked out once, since many snapshots go with one. */
const stateFindings = oncePerObject((inspection: GpuInspection) => [
  ...driverStateFindings(inspection),
  ...memoryErrorFindings(inspection),
]);
const fabricFindingsOnce = oncePerObject((inspection: GpuInspection) => fabricFindings(inspection));

/** Every fault that the signals show now. */
export function detect(
  { snapshot, inspection }: Signals,
  { clocks, memory, pcie, nvlink, orphans }: Histories,
  { slowdownShare, slowdownWindowMs, leakWindowMs }: DetectionLimits,
): readonly Finding[] {
  return [
    ...(inspection === undefined ? [] : stateFindings(inspection)),
    ...(snapshot === undefined ? [] : thermalFindings(snapshot, inspection)),
    ...clockFindings(clocks, slowdownShare, slowdownWindowMs),
    ...(inspection === undefined ? [] : pcieFindings(pcie, inspection)),
    ...nvLinkFindings(nvlink),
    ...(inspection === undefined ? [] : fabricFindingsOnce(inspection)),
    ...(inspection === undefined ? [] : orphanFindings(orphans, inspection)),
    ...leakFindings(memory, leakWindowMs),
  ];
}
