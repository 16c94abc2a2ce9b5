import { beforeEach, describe, expect, it } from "vitest";
import { FaultCatalogue, type FaultOverrides } from "../../../src/gpu/faults/catalogue.js";
import type { FaultNews } from "../../../src/gpu/faults/news.js";
import { FaultTracker } from "../../../src/gpu/faults/tracker.js";
import { gpuView, inspection, ok } from "../../support/gpu.js";
import { detection, FakeFeed } from "../../support/gpu-feed.js";

describe("a tracker that gets another catalogue", () => {
  let feed: FakeFeed;
  let tracker: FaultTracker;
  let news: FaultNews[];
  let announced: number;

  beforeEach(() => {
    feed = new FakeFeed();
    tracker = new FaultTracker(feed, { catalogue: new FaultCatalogue(), limits: detection });
    feed.xid(0, 79);
    feed.xid(0, 79);
    news = [];
    announced = 0;
    tracker.onFault((_, each) => news.push(each));
    tracker.subscribe(() => {
      announced += 1;
    });
  });

  const configure = (overrides: FaultOverrides): void =>
    tracker.configure({ catalogue: new FaultCatalogue(overrides), limits: detection });
  const faults = () => tracker.gpus()[0]?.record.faults;

  it("keeps what it knows, with the new severity and remedy", () => {
    const before = faults()?.[0];
    configure({ xid_79: { severity: "degraded", remedy: "call the data centre" } });
    expect(faults()).toEqual([
      {
        ...before,
        row: { ...before?.row, severity: "degraded", remedy: "call the data centre", source: "your configuration" },
        remedy: "call the data centre",
      },
    ]);
    expect(before?.count).toBe(2);
    expect(news).toEqual([]);
    expect(announced).toBe(1);
    configure({});
    expect(faults()).toEqual([before]);
  });

  it.each(["ignore", "application"] as const)("ends an XID that is %s now, and keeps its count", (severity) => {
    configure({ xid_79: { severity } });
    expect(faults()).toEqual([]);
    expect(tracker.gpus()[0]?.record.xids).toEqual([{ xid: 79, count: 2 }]);
    expect(news).toMatchObject([{ kind: "cleared", evidence: "reconfigured", fault: { row: { fault: "xid_79" } } }]);
  });

  it("judges what comes by the new rules", () => {
    configure({ xid_31: { severity: "fatal" } });
    feed.xid(0, 31);
    expect(faults()?.map(({ row }) => row.fault)).toEqual(["xid_79", "xid_31"]);
  });

  it("keeps the remedy that a detector gave", () => {
    feed.views = [gpuView({ inspection: inspection({ recoveryAction: ok(1) }) })];
    feed.announce();
    const before = faults()?.find(({ row }) => row.fault === "gpu_recovery_reset");
    expect(before).toBeDefined();
    configure({ gpu_recovery_reset: { severity: "degraded" } });
    const after = faults()?.find(({ row }) => row.fault === "gpu_recovery_reset");
    expect(after).toMatchObject({ remedy: before?.remedy, sinceMs: before?.sinceMs, row: { severity: "degraded" } });
  });
});
