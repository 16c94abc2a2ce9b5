import type { GpuEvent, GpuView } from "../../src/gpu/snapshot.js";
import type { GpuFeed } from "../../src/gpu/source.js";
import { gpuView, ready } from "./gpu.js";

/** What a sampler gives, changed by hand. */
export class FakeFeed implements GpuFeed {
  views: readonly GpuView[] = [gpuView(), gpuView({ index: 1 })];
  dropped = 0;
  private events: GpuEvent[] = [];
  private changed = (): void => {};

  library() {
    return ready;
  }

  gpus() {
    return this.views;
  }

  takeEvents() {
    return this.events.splice(0);
  }

  droppedEvents() {
    return this.dropped;
  }

  subscribe(changed: () => void) {
    this.changed = changed;
    return () => {};
  }

  announce(): void {
    this.changed();
  }

  /** The driver reports an XID, or with undefined an event that is none; without an index on a GPU that nobody knows. */
  xid(index: number | undefined, xid: number | undefined, changes: Partial<GpuEvent> = {}): void {
    this.events.push({ sequence: 1, atMs: 5, index, xid, ...changes });
    this.changed();
  }
}

export const detection = { slowdownShare: 0.25, slowdownWindowMs: 60_000, leakWindowMs: 600_000 };
