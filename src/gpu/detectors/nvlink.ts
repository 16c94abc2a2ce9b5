import type { GpuInspection, NvLink } from "../inspection.js";
import { oncePerObject } from "../once-per-object.js";
import { type CounterWindow, growthPerMinute, observeCounter } from "./counter-window.js";
import { type Finding, findingIf } from "./finding.js";

/** What a minute may bring. DCGM fails on any recovery and warns from 100 CRC errors a second on. */
const kinds = [
  { counter: "recoveryErrors", allowedPerMinute: 0, name: "recoveries" },
  { counter: "replayErrors", allowedPerMinute: 8, name: "replays" },
  { counter: "crcErrors", allowedPerMinute: 6000, name: "CRC errors" },
] as const;

type Counter = (typeof kinds)[number]["counter"];

export interface NvLinkHistory {
  /** Links that were up at some time: one that was never up may not be wired. */
  readonly seenActive: readonly number[];
  /** Those of them that are down now. */
  readonly down: readonly number[];
  /** All links of the GPU together. */
  readonly errors: Readonly<Record<Counter, CounterWindow>>;
}

export const emptyNvLinkHistory: NvLinkHistory = {
  seenActive: [],
  down: [],
  errors: { recoveryErrors: [], replayErrors: [], crcErrors: [] },
};

/** The history with one more inspection. */
export function observeNvLinks(
  history: NvLinkHistory,
  { nvlinks, inspectedAtMs }: Pick<GpuInspection, "nvlinks" | "inspectedAtMs">,
): NvLinkHistory {
  const active = nvlinks.filter(({ isActive }) => isActive.ok && isActive.value).map(({ link }) => link);
  const observe = (counter: Counter): CounterWindow =>
    nvlinks.length === 0 ? [] : observeCounter(history.errors[counter], inspectedAtMs, total(nvlinks, counter));
  const seenActive = [...new Set([...history.seenActive, ...active])];
  return {
    seenActive,
    down: nvlinks
      .filter(({ link, isActive }) => isActive.ok && !isActive.value && seenActive.includes(link))
      .map(({ link }) => link),
    errors: {
      recoveryErrors: observe("recoveryErrors"),
      replayErrors: observe("replayErrors"),
      crcErrors: observe("crcErrors"),
    },
  };
}

/** Worked out once for each inspection, since many snapshots go with one. */
export const nvLinkFindings = oncePerObject(({ down, errors }: NvLinkHistory): readonly Finding[] => {
  const many = kinds
    .map(({ counter, allowedPerMinute, name }) => ({ allowedPerMinute, name, grown: growthPerMinute(errors[counter]) }))
    .filter(({ grown, allowedPerMinute }) => grown > allowedPerMinute)
    .map(({ grown, name }) => `${Math.round(grown)} ${name}`);
  return [
    ...findingIf(down.length > 0, "gpu_nvlink_down", () => `link ${down.join(", ")}`),
    ...findingIf(many.length > 0, "gpu_nvlink_errors", () => `${many.join(", ")} in a minute`),
  ];
});

function total(links: readonly NvLink[], counter: Counter): number {
  return links.reduce((sum, link) => {
    const errors = link[counter];
    return sum + (errors.ok ? errors.value : 0);
  }, 0);
}
