import { describe, expect, it } from "vitest";
import { FaultCatalogue } from "../../../src/gpu/faults/catalogue.js";
import { FaultTracker } from "../../../src/gpu/faults/tracker.js";
import { gpuView, inspection, ok } from "../../support/gpu.js";
import { detection, FakeFeed } from "../../support/gpu-feed.js";

function setUp() {
  const feed = new FakeFeed();
  const tracker = new FaultTracker(feed, { catalogue: new FaultCatalogue(), limits: detection });
  const news: unknown[] = [];
  tracker.onFault((index, each) =>
    news.push([index, each.kind, "fault" in each ? each.fault.row.fault : "xid" in each && each.xid]),
  );
  const faults = () => tracker.gpus().map(({ record }) => record.faults.map(({ row }) => row.fault));
  return { feed, tracker, news, faults };
}

describe("FaultTracker", () => {
  it("has an event in its GPU's record before others hear of the change, and in no other GPU's", () => {
    const { feed, tracker, faults, news } = setUp();
    const heard: unknown[] = [];
    tracker.subscribe(() => heard.push(faults()));
    feed.xid(1, 79);
    expect(heard).toEqual([[[], ["xid_79"]]]);
    expect(news).toEqual([
      [1, "xid", 79],
      [1, "raised", "xid_79"],
    ]);
  });

  it("tells of an XID on a GPU that it does not know, and passes over events that are no XID", () => {
    const { feed, news, faults } = setUp();
    feed.xid(undefined, 79);
    feed.xid(0, undefined);
    expect(news).toEqual([[undefined, "xid", 79]]);
    expect(faults()).toEqual([[], []]);
  });

  it("has an inspection's faults too", () => {
    const { feed, faults } = setUp();
    feed.views = [gpuView({ inspection: inspection({ recoveryAction: ok(1) }) })];
    feed.announce();
    expect(faults()).toEqual([["gpu_recovery_reset"]]);
  });

  it("ends faults on an operator's word, and says so at once", () => {
    const { feed, tracker, faults } = setUp();
    feed.xid(0, 79);
    feed.xid(0, 48);
    let heard = 0;
    tracker.subscribe(() => {
      heard += 1;
    });
    expect(tracker.acknowledge(0, "xid_48")).toEqual(["xid_48"]);
    expect(tracker.acknowledge(0, "xid_48")).toEqual([]);
    expect(faults()).toEqual([["xid_79"], []]);
    expect(tracker.acknowledge(0)).toEqual(["xid_79"]);
    expect(heard).toBe(3);
  });
});
