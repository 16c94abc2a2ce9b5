import type { GpuView, LibraryState } from "./snapshot.js";

/** Where checks and commands read the GPUs. Reading never blocks and never calls NVML. */
export interface GpuSource {
  library(): LibraryState;
  /** Every GPU seen since start, by index; a lost one stays in the list. */
  gpus(): readonly GpuView[];
  /** Calls `changed` after one or more new snapshots, coalesced. Gives a function that ends it. */
  subscribe(changed: () => void): () => void;
}

/** No GPUs, for `gpu.mode: off`. */
export const noGpus: GpuSource = {
  library: () => ({ phase: "off" }),
  gpus: () => [],
  subscribe: () => () => {},
};
