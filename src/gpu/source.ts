import type { GpuRecord } from "./faults/record.js";
import type { GpuEvent, GpuView, LibraryState } from "./snapshot.js";

/** What the sampler gives. Reading it never blocks and never calls NVML. */
export interface GpuFeed {
  library(): LibraryState;
  /** Every GPU seen since start, by index; a lost one stays in the list. */
  gpus(): readonly GpuView[];
  /** What the driver told since the last call, oldest first. It is given once: there is one reader. */
  takeEvents(): readonly GpuEvent[];
  /** How many events were lost since the start, because they came faster than they were taken. */
  droppedEvents(): number;
  /** Calls `changed` after new snapshots, inspections and events, coalesced. Gives a function that ends it. */
  subscribe(changed: () => void): () => void;
}

/** A GPU with what is known of its past. */
export interface TrackedGpu extends GpuView {
  readonly record: GpuRecord;
}

/** Where checks and commands read the GPUs. Reading never blocks and never calls NVML. */
export interface GpuSource extends Pick<GpuFeed, "library" | "subscribe"> {
  gpus(): readonly TrackedGpu[];
}

/** No GPUs, for `gpu.mode: off`. */
export const noGpus: GpuSource = {
  library: () => ({ phase: "off" }),
  gpus: () => [],
  subscribe: () => () => {},
};
