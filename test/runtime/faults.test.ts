import { beforeEach, describe, expect, it } from "vitest";
import { FaultCatalogue } from "../../src/gpu/faults/catalogue.js";
import { FaultTracker } from "../../src/gpu/faults/tracker.js";
import type { Logger } from "../../src/outputs/log/logger.js";
import { createAcknowledge } from "../../src/runtime/acknowledge.js";
import { logFaults } from "../../src/runtime/fault-log.js";
import { gpuView, inspection, ok } from "../support/gpu.js";
import { detection, FakeFeed } from "../support/gpu-feed.js";
import { ManualClock } from "../support/manual-clock.js";
import { recordedLog } from "../support/recorded-log.js";

let lines: Record<string, unknown>[];
let feed: FakeFeed;
let tracker: FaultTracker;
let logger: Logger;
let clock: ManualClock;

beforeEach(() => {
  ({ logger, lines } = recordedLog());
  clock = new ManualClock();
  feed = new FakeFeed();
  tracker = new FaultTracker(feed, { catalogue: new FaultCatalogue(), limits: detection });
});

describe("the log of faults", () => {
  beforeEach(() => {
    logFaults(tracker, logger, clock);
  });

  it("has a line for each XID, whatever becomes of it, and for each fault", () => {
    feed.xid(1, 79);
    feed.xid(0, 31);
    expect(lines).toMatchObject([
      {
        level: "warn",
        event: "xid",
        gpu: "gpu/1",
        xid: 79,
        severity: "fatal",
        msg: expect.stringContaining("(XID 79)"),
      },
      { level: "warn", event: "fault_raised", gpu: "gpu/1", fault: "xid_79", severity: "fatal" },
      { level: "warn", event: "xid", gpu: "gpu/0", xid: 31, severity: "application" },
    ]);
  });

  it("says which evidence ended a fault", () => {
    feed.views = [gpuView({ inspection: inspection({ recoveryAction: ok(1) }) })];
    feed.announce();
    feed.views = [gpuView({ inspection: inspection({ sequence: 2 }) })];
    feed.announce();
    expect(lines.at(-1)).toMatchObject({
      level: "info",
      event: "fault_cleared",
      gpu: "gpu/0",
      fault: "gpu_recovery_reset",
      evidence: "signal_gone",
    });
  });

  it("says how many events were lost, once", () => {
    feed.dropped = 3;
    feed.announce();
    feed.announce();
    expect(lines).toMatchObject([{ level: "error", event: "events_lost", count: 3 }]);
  });

  it("names the MIG instance, and a GPU that the driver did not name", () => {
    feed.xid(0, 94, { instance: { gpuInstanceId: 2, computeInstanceId: 0 } });
    feed.xid(undefined, 79);
    expect(lines.map(({ gpu }) => gpu)).toEqual(["gpu/0/mig/2.0", "gpu/0/mig/2.0", "an unknown GPU"]);
  });
});

describe("a storm of XIDs", () => {
  it("is summed up for each GPU and number", () => {
    logFaults(tracker, logger, clock);
    for (let count = 0; count < 1000; count += 1) feed.xid(0, 31);
    feed.xid(1, 31);
    expect(lines).toHaveLength(6);
    clock.advance(5 * 60_000);
    expect(lines.at(-1)).toMatchObject({ level: "warn", event: "xid_repeated", gpu: "gpu/0", xid: 31, count: 995 });
    expect(lines).toHaveLength(7);
  });

  it("does not hide a fault that comes and goes", () => {
    logFaults(tracker, logger, clock);
    for (let turn = 0; turn < 20; turn += 1) {
      feed.views = [gpuView({ inspection: inspection({ sequence: turn + 1, recoveryAction: ok((turn + 1) % 2) }) })];
      feed.announce();
    }
    expect(lines.map(({ event }) => event)).toEqual([
      ...["fault_raised", "fault_cleared", "fault_raised", "fault_cleared", "fault_raised"],
      "flapping",
    ]);
    expect(lines.at(-1)).toMatchObject({ gpu: "gpu/0", fault: "gpu_recovery_reset", changes: 1 });
    clock.advance(5 * 60_000);
    expect(lines.at(-1)).toMatchObject({ event: "flapping", changes: 15 });
  });
});

describe("acknowledge", () => {
  it("ends the faults and says so in the log", () => {
    feed.xid(0, 79);
    const acknowledge = createAcknowledge(tracker, logger);
    expect(acknowledge(0)).toEqual({ ok: true, cleared: ["xid_79"] });
    expect(acknowledge(0)).toEqual({ ok: true, cleared: [] });
    expect(lines).toMatchObject([{ event: "faults_acknowledged", gpu: "gpu/0", faults: ["xid_79"] }, { faults: [] }]);
  });

  it("is refused where there is no such GPU, no GPU at all, or the named fault is not there", () => {
    feed.xid(0, 79);
    const acknowledge = createAcknowledge(tracker, logger);
    expect(acknowledge(7)).toEqual({ ok: false, status: 404, message: "there is no gpu/7" });
    expect(createAcknowledge(undefined, logger)(0)).toMatchObject({ status: 404 });
    expect(acknowledge(0, "xid_48")).toEqual({
      ok: false,
      status: 409,
      message: "gpu/0 does not have the fault xid_48: it has xid_79",
    });
    expect(acknowledge(1, "xid_48")).toMatchObject({ message: expect.stringContaining("it has none") });
  });
});
