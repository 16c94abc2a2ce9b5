import type { Addon, NativeSampler, NativeStatus } from "./addon.js";
import { Conversion } from "./conversion.js";
import type { GpuEvent, GpuView, LibraryState } from "./snapshot.js";
import type { GpuFeed } from "./source.js";

export interface SamplerOptions {
  readonly addon: Addon;
  /** Path of the NVML library; undefined: as the system finds it. */
  readonly library?: string | undefined;
  readonly intervalMs: number;
  /** How often what changes slowly is read. */
  readonly inspectionIntervalMs: number;
}

/** The GPUs through the native sampler: one thread a GPU, started at once and never waited for. */
export class Sampler implements GpuFeed {
  private readonly native: NativeSampler;
  private readonly conversion: Conversion;
  private readonly listeners = new Set<() => void>();
  /** Until this turn of the event loop is over: many look at each change, and the status costs more than a look. */
  private current: { readonly status: NativeStatus; gpus?: readonly GpuView[] } | undefined;

  constructor({ addon, library, intervalMs, inspectionIntervalMs }: SamplerOptions) {
    this.conversion = new Conversion((code) => addon.returnCodeName(code));
    this.native = new addon.Sampler({
      ...(library === undefined ? {} : { libraryPath: library }),
      intervalMs,
      inspectionIntervalMs,
      onChange: () => {
        for (const listener of this.listeners) listener();
      },
    });
  }

  library(): LibraryState {
    const { status } = this.look();
    const { phase, path, simulated, error, call } = status;
    switch (phase) {
      case "opening":
        return { phase, path, simulated, ...(call === undefined ? {} : { call }) };
      case "failed":
        return {
          phase,
          path,
          simulated,
          ...failure(error?.reason ?? "init_failed"),
          message: error?.message ?? "NVML failed",
        };
      case "ready":
        return this.conversion.library(status);
    }
  }

  gpus(): readonly GpuView[] {
    const current = this.look();
    current.gpus ??= current.status.gpus.map((gpu) => this.conversion.view(gpu));
    return current.gpus;
  }

  takeEvents(): readonly GpuEvent[] {
    return this.native.takeEvents().map((event) => this.conversion.event(event));
  }

  droppedEvents(): number {
    return this.native.droppedEvents();
  }

  subscribe(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  private look(): NonNullable<typeof this.current> {
    if (this.current === undefined) {
      this.current = { status: this.native.status() };
      queueMicrotask(() => {
        this.current = undefined;
      });
    }
    return this.current;
  }

  /** Ends the threads. Gives how many had to be left behind because an NVML call does not return. */
  stop(): number {
    this.listeners.clear();
    return this.native.stop();
  }
}

function failure(reason: "library_not_found" | "library_invalid" | "init_failed"): {
  reason: "nvml_library_not_found" | "nvml_library_invalid" | "nvml_init_failed";
  remedy: string;
} {
  switch (reason) {
    case "library_not_found":
      return {
        reason: "nvml_library_not_found",
        remedy:
          "install the NVIDIA driver; in a container, run it with the NVIDIA runtime and the `utility` capability; " +
          "or set gpu.library to the path of libnvidia-ml.so.1",
      };
    case "library_invalid":
      return { reason: "nvml_library_invalid", remedy: "set gpu.library to the driver's libnvidia-ml.so.1" };
    case "init_failed":
      return {
        reason: "nvml_init_failed",
        remedy: "see whether nvidia-smi works and what dmesg says of NVRM",
      };
  }
}
