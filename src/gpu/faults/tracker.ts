import type { LibraryState } from "../snapshot.js";
import type { GpuFeed, GpuSource, TrackedGpu } from "../source.js";
import { acknowledge, advance, type FaultRules } from "./advance.js";
import type { DriverState } from "./evidence.js";
import type { FaultNews } from "./news.js";
import { reclassify } from "./reclassify.js";
import { emptyRecord, type GpuRecord } from "./record.js";

/** Told of what happens to the GPU of an index; undefined where the driver named none that is known. */
export type FaultListener = (index: number | undefined, news: FaultNews) => void;

/** Keeps the record of each GPU: takes every event and every reading as it comes, before anybody else looks at them. */
export class FaultTracker implements GpuSource {
  private readonly records = new Map<number, GpuRecord>();
  /** While NVML is not open, as it was last. */
  private driver: DriverState = { generation: 0, loadedAtMs: 0 };
  private droppedEvents = 0;
  private readonly changeListeners = new Set<() => void>();
  private readonly faultListeners = new Set<FaultListener>();

  constructor(
    private readonly feed: GpuFeed,
    private rules: FaultRules,
  ) {
    feed.subscribe(() => this.onNews());
  }

  library(): LibraryState {
    return this.feed.library();
  }

  gpus(): readonly TrackedGpu[] {
    return this.feed.gpus().map((view) => ({ ...view, record: this.recordOf(view.index) }));
  }

  subscribe(changed: () => void): () => void {
    this.changeListeners.add(changed);
    return () => this.changeListeners.delete(changed);
  }

  onFault(listener: FaultListener): () => void {
    this.faultListeners.add(listener);
    return () => this.faultListeners.delete(listener);
  }

  /** An operator's word that the faults of a GPU are known, all or the named one. Gives the names of those that ended. */
  acknowledge(index: number, fault?: string): readonly string[] {
    const { record, news } = acknowledge(this.recordOf(index), fault);
    this.keep(index, record, news);
    this.announce();
    return news.flatMap((each) => (each.kind === "cleared" ? [each.fault.row.fault] : []));
  }

  /** Takes other rules. What is known of the GPUs stays, and is judged by them from now on. */
  configure(rules: FaultRules): void {
    this.rules = rules;
    for (const [index, known] of this.records) {
      const { record, news } = reclassify(known, rules.catalogue);
      this.keep(index, record, news);
    }
    this.announce();
  }

  private onNews(): void {
    const views = this.feed.gpus();
    const library = this.feed.library();
    if (library.phase === "ready") {
      this.driver = { generation: library.generation, loadedAtMs: library.driverLoadedAtMs };
    }
    const events = this.feed.takeEvents();
    for (const view of views) {
      const ofThis = events.filter(({ index }) => index === view.index);
      const { record, news } = advance(
        this.recordOf(view.index),
        { view, events: ofThis, driver: this.driver },
        this.rules,
      );
      this.keep(view.index, record, news);
    }
    for (const { index, xid } of events) {
      if (xid !== undefined && !views.some((view) => view.index === index)) {
        this.tell(undefined, { kind: "xid", xid, row: this.rules.catalogue.ofXid(xid) });
      }
    }
    this.tellOfLostEvents();
    this.announce();
  }

  private tellOfLostEvents(): void {
    const dropped = this.feed.droppedEvents();
    if (dropped > this.droppedEvents)
      this.tell(undefined, { kind: "events_lost", count: dropped - this.droppedEvents });
    this.droppedEvents = dropped;
  }

  private recordOf(index: number): GpuRecord {
    return this.records.get(index) ?? emptyRecord;
  }

  private keep(index: number, record: GpuRecord, news: readonly FaultNews[]): void {
    this.records.set(index, record);
    for (const each of news) this.tell(index, each);
  }

  private tell(index: number | undefined, news: FaultNews): void {
    for (const listener of this.faultListeners) listener(index, news);
  }

  private announce(): void {
    for (const listener of this.changeListeners) listener();
  }
}
