import { loadAddon } from "./addon.js";
import { Sampler } from "./sampler.js";
import type { LibraryState } from "./snapshot.js";
import { type GpuSource, noGpus } from "./source.js";

export interface OpenOptions {
  readonly mode: "auto" | "required" | "off";
  /** Path of the NVML library; undefined: as the system finds it. */
  readonly library?: string | undefined;
  readonly intervalMs: number;
}

/** The GPUs at work, and how to end that. */
export interface OpenGpus {
  readonly source: GpuSource;
  /** Ends the sampler threads. Gives how many were left behind in an NVML call that does not return. */
  stop(): number;
}

/** Starts sampling; returns at once, whatever NVML does. */
export function openGpus({ mode, library, intervalMs }: OpenOptions): OpenGpus {
  if (mode === "off") return { source: noGpus, stop: () => 0 };
  const loaded = loadAddon();
  if (!loaded.ok) return { source: withoutAddon(loaded.message), stop: () => 0 };
  const sampler = new Sampler({ addon: loaded.addon, library, intervalMs });
  return { source: sampler, stop: () => sampler.stop() };
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
