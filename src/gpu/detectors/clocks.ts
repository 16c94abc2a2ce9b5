import { formatPercent } from "../../core/units.js";
import type { SignalFault } from "../faults/signal-rows.js";
import type { GpuSnapshot } from "../snapshot.js";
import type { Finding } from "./finding.js";

/** NVML's clock event reasons (nvmlClocksEventReason…), each at the place of its bit. Newer drivers have more bits; those are carried. */
export const clockEventReasons: readonly string[] = [
  "idle",
  "application_clocks",
  "power_cap",
  "hardware_slowdown",
  "sync_boost",
  "software_thermal",
  "hardware_thermal",
  "power_brake",
  "display_clocks",
];

/** The bits that mean that something is wrong; the others are how the GPU was set up, or that it has nothing to do. */
const harmful = [
  { bit: 6, fault: "gpu_clocks_hardware_thermal" },
  { bit: 7, fault: "gpu_clocks_power_brake" },
  { bit: 5, fault: "gpu_clocks_software_thermal" },
] as const satisfies readonly { bit: number; fault: SignalFault }[];

/** Set together with bits 6 and 7, so it says something by itself only where neither does. */
const umbrella = { bit: 3, fault: "gpu_clocks_hardware_slowdown" } as const;

const telling = [...harmful, umbrella];

const bucketCount = 12;

/** How long each harmful reason was active in one part of the window. */
interface Bucket {
  readonly startMs: number;
  readonly activeMs: Readonly<Record<number, number>>;
}

/** The reasons of the last window, in a dozen parts. */
export interface ClockWindow {
  /** When the newest snapshot in it was taken. */
  readonly atMs?: number;
  readonly buckets: readonly Bucket[];
}

export const emptyClockWindow: ClockWindow = { buckets: [] };

/** The window with one more snapshot: its reasons count for the time since the one before. */
export function observeClocks(window: ClockWindow, snapshot: GpuSnapshot, windowMs: number): ClockWindow {
  const { sampledAtMs: atMs, clocksEventReasons } = snapshot;
  const elapsedMs = window.atMs === undefined ? 0 : Math.min(atMs - window.atMs, windowMs);
  const mask = clocksEventReasons.ok ? clocksEventReasons.value : 0;
  const kept = window.buckets.filter(({ startMs }) => startMs > atMs - windowMs);
  const last = kept.at(-1);
  const isNew = last === undefined || atMs - last.startMs >= windowMs / bucketCount;
  const bucket = isNew ? { startMs: atMs, activeMs: {} } : last;
  const extended: Bucket = { ...bucket, activeMs: withActive(bucket.activeMs, mask, elapsedMs) };
  return { atMs, buckets: [...(isNew ? kept : kept.slice(0, -1)), extended] };
}

/** The reasons that were active for `share` (0 to 1) of the window or more. */
export function clockFindings(window: ClockWindow, share: number, windowMs: number): readonly Finding[] {
  const ratioOf = (bit: number): number =>
    window.buckets.reduce((sum, { activeMs }) => sum + (activeMs[bit] ?? 0), 0) / windowMs;
  const findingOf = ({ bit, fault }: { bit: number; fault: SignalFault }): readonly Finding[] => {
    const ratio = Math.min(1, ratioOf(bit));
    return ratio >= share ? [{ fault, detail: `${formatPercent(ratio, 0)} of the last ${windowMs / 1000} s` }] : [];
  };
  const specific = harmful.flatMap(findingOf);
  const isExplained = specific.some(({ fault }) => fault !== "gpu_clocks_software_thermal");
  return isExplained ? specific : [...specific, ...findingOf(umbrella)];
}

function withActive(activeMs: Bucket["activeMs"], mask: number, elapsedMs: number): Bucket["activeMs"] {
  const active = telling.filter(({ bit }) => hasBit(mask, bit));
  if (active.length === 0) return activeMs;
  return { ...activeMs, ...Object.fromEntries(active.map(({ bit }) => [bit, (activeMs[bit] ?? 0) + elapsedMs])) };
}

/** Whether the bit is set; masks of 64 bits come as numbers, of which `&` would see 32 bits only. */
export const hasBit = (mask: number, bit: number): boolean => Math.floor(mask / 2 ** bit) % 2 === 1;
