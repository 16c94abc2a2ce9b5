import { loadAddon } from "./addon.js";
import type { DetectionLimits } from "./detectors/detect.js";
import { FaultCatalogue, type FaultOverrides } from "./faults/catalogue.js";
import { FaultTracker } from "./faults/tracker.js";
import { Sampler } from "./sampler.js";
import type { LibraryState } from "./snapshot.js";
import { type GpuSource, noGpus } from "./source.js";

export interface OpenOptions {
  readonly mode: "auto" | "required" | "off";
  /** Path of the NVML library; undefined: as the system finds it. */
  readonly library?: string | undefined;
  readonly intervalMs: number;
  readonly inspectionIntervalMs: number;
  readonly faults: FaultOverrides;
  readonly detection: DetectionLimits;
}

/** The GPUs at work, and how to end that. */
export interface OpenGpus {
  readonly source: GpuSource;
  /** The keeper of their faults; undefined where there is nothing to read GPUs with. */
  readonly tracker?: FaultTracker;
  /** Ends the sampler threads. Gives how many were left behind in an NVML call that does not return. */
  stop(): number;
}

/** Starts sampling; returns at once, whatever NVML does. */
export function openGpus(options: OpenOptions): OpenGpus {
  const { mode, library, intervalMs, inspectionIntervalMs } = options;
  if (mode === "off") return { source: noGpus, stop: () => 0 };
  const loaded = loadAddon();
  if (!loaded.ok) return { source: withoutAddon(loaded.message), stop: () => 0 };
  const sampler = new Sampler({ addon: loaded.addon, library, intervalMs, inspectionIntervalMs });
  const rules = { catalogue: new FaultCatalogue(options.faults), limits: options.detection };
  const tracker = new FaultTracker(sampler, rules);
  return { source: tracker, tracker, stop: () => sampler.stop() };
}

function withoutAddon(message: string): GpuSource {
  const state: LibraryState = {
    phase: "failed",
    path: "gpu_health.node",
    reason: "addon_missing",
    message,
    remedy: "install a C++ compiler and cmake, then run npm rebuild gpu-health",
  };
  return { ...noGpus, library: () => state };
}
