import { describe, expect, it } from "vitest";
import { acknowledge, advance, type Observation } from "../../../src/gpu/faults/advance.js";
import { FaultCatalogue, type FaultOverrides } from "../../../src/gpu/faults/catalogue.js";
import { emptyRecord, type GpuRecord } from "../../../src/gpu/faults/record.js";
import type { GpuInspection } from "../../../src/gpu/inspection.js";
import type { GpuEvent, GpuView } from "../../../src/gpu/snapshot.js";
import { gpuView, inspection, missing, ok, snapshot } from "../../support/gpu.js";
import { detection } from "../../support/gpu-feed.js";

const unloaded = { code: 9, name: "NVML_ERROR_DRIVER_NOT_LOADED" };
const notFound = { code: 28, name: "NVML_ERROR_GPU_NOT_FOUND" };
const processOf = (pid: number) => ({ pid, kind: "compute" as const, usedBytes: ok(2 ** 30), exists: true });

/** One GPU over time: what is new at each step, and what became of it. */
class Story {
  record: GpuRecord = emptyRecord;
  readonly news: string[] = [];
  private driver = { generation: 1, loadedAtMs: 0 };
  private snapshots = 1;
  private sequence = 0;

  constructor(private readonly overrides: FaultOverrides = {}) {}

  xid(xid: number, atMs: number, changes: Partial<GpuEvent> = {}): this {
    return this.step({ view: this.view(), events: [{ sequence: 1, index: 0, xid, atMs, ...changes }] });
  }

  /** Begins 10 ms before `atMs`. */
  inspected(atMs: number, changes: Partial<GpuInspection> = {}): this {
    this.sequence += 1;
    this.newest = inspection({ sequence: this.sequence, inspectedAtMs: atMs, durationMs: 10, ...changes });
    return this.step({ view: this.view(), events: [] });
  }

  /** The GPU answers so, with a new snapshot that took 2 ms; NVML was opened so often. */
  answered(atMs: number, generation: number, changes: Partial<GpuView> = {}): this {
    this.snapshots += 1;
    this.snapshot = snapshot({ sequence: this.snapshots, sampledAtMs: atMs });
    this.driver = { ...this.driver, generation };
    return this.step({ view: { ...this.view(), ...changes }, events: [] });
  }

  /** NVML was opened with a driver that was loaded anew, and nothing has been looked at since. */
  reloaded(atMs: number): this {
    this.driver = { generation: this.driver.generation + 1, loadedAtMs: atMs };
    return this;
  }

  /** Nothing is new of the GPU. */
  looked(): this {
    return this.step({ view: this.view(), events: [] });
  }

  step(observation: Omit<Observation, "driver">): this {
    const rules = { catalogue: new FaultCatalogue(this.overrides), limits: detection };
    const { record, news } = advance(this.record, { ...observation, driver: this.driver }, rules);
    this.record = record;
    for (const each of news) {
      if (each.kind === "xid") this.news.push(`xid ${each.xid}`);
      if (each.kind === "raised") this.news.push(`raised ${each.fault.row.fault}`);
      if (each.kind === "cleared") this.news.push(`cleared ${each.fault.row.fault}: ${each.evidence}`);
    }
    return this;
  }

  get faults(): readonly string[] {
    return this.record.faults.map(({ row }) => row.fault);
  }

  private newest: GpuInspection | undefined;
  private snapshot = snapshot();

  private view() {
    return gpuView({ snapshot: this.snapshot, ...(this.newest === undefined ? {} : { inspection: this.newest }) });
  }
}

describe("a fault told by an event", () => {
  it("stays, with since when and how often, whatever time passes and however well the GPU looks", () => {
    const story = new Story().inspected(1000).xid(79, 2000).xid(79, 3000).inspected(1e9).inspected(2e9);
    expect(story.record.faults).toMatchObject([
      { row: { fault: "xid_79" }, sinceMs: 2000, lastSeenMs: 3000, count: 2, detail: "XID 79, 2 times" },
    ]);
    expect(story.news).toEqual(["xid 79", "raised xid_79", "xid 79"]);
  });

  it("is counted and no fault where it is an application's error or to be ignored", () => {
    const story = new Story().xid(31, 1).xid(31, 2).xid(63, 3);
    expect(story.faults).toEqual([]);
    expect(story.record.xids).toEqual([
      { xid: 31, count: 2 },
      { xid: 63, count: 1 },
    ]);
    expect(story.record.lastXid).toBe(63);
    expect(story.news).toEqual(["xid 31", "xid 31", "xid 63"]);
  });

  it("is what the user makes of it", () => {
    expect(new Story({ xid_79: { severity: "ignore" } }).xid(79, 1).faults).toEqual([]);
    expect(new Story({ xid_31: { severity: "fatal" } }).xid(31, 1).faults).toEqual(["xid_31"]);
  });

  it("is one fault for each MIG instance and one for the whole GPU", () => {
    const instance = { gpuInstanceId: 1, computeInstanceId: 0 };
    const story = new Story().xid(94, 1, { instance }).xid(94, 2, { instance }).xid(94, 3);
    expect(story.record.faults).toMatchObject([{ instance, count: 2 }, { count: 1 }]);
  });
});

describe("evidence of recovery", () => {
  it("is a recovery action that was asked for after the fault and is not any more", () => {
    const story = new Story()
      .inspected(1000)
      .xid(48, 2000)
      .inspected(3000, { recoveryAction: ok(1) });
    expect(story.faults).toEqual(["xid_48", "gpu_recovery_reset"]);
    story.inspected(4000);
    expect(story.faults).toEqual([]);
    expect(story.news.slice(-2)).toEqual([
      "cleared xid_48: recovery_action_none",
      "cleared gpu_recovery_reset: signal_gone",
    ]);
  });

  it("is not a recovery action that was none all along, or cannot be read", () => {
    const lost = { recoveryAction: missing(15) };
    expect(new Story().inspected(1000).xid(48, 2000).inspected(3000).inspected(4000).faults).toEqual(["xid_48"]);
    expect(
      new Story()
        .xid(48, 2000)
        .inspected(3000, { recoveryAction: ok(1) })
        .inspected(4000, lost).faults,
    ).toContain("xid_48");
  });

  it("is not an inspection that began before the fault was told", () => {
    const story = new Story()
      .inspected(1000, { recoveryAction: ok(1) })
      .xid(48, 1995)
      .inspected(2000);
    expect(story.faults).toEqual(["xid_48"]);
  });

  it("is a volatile error counter that went back, which only a reset does", () => {
    const errors = (count: number) => ({ eccVolatileCorrected: ok(count) });
    const story = new Story().inspected(1000, errors(5)).xid(62, 2000).inspected(3000, errors(5));
    expect(story.faults).toEqual(["xid_62"]);
    story.inspected(4000, errors(0));
    expect(story.faults).toEqual([]);
    expect(story.news.at(-1)).toBe("cleared xid_62: reset_seen");
  });

  it("is a reload of the driver; what the driver still shows then is found again", () => {
    const pending = { remappedRows: ok({ correctable: 0, uncorrectable: 1, isPending: true, hasFailed: false }) };
    const story = new Story().inspected(1000, pending).xid(48, 2000).answered(3000, 1, { handleError: unloaded });
    // What was read before is no answer.
    story.reloaded(3500).looked();
    expect(story.faults).toContain("xid_48");
    story.answered(4000, 2);
    expect(story.faults).toEqual(["gpu_row_remap_pending"]);
    expect(story.news.at(-1)).toBe("cleared xid_48: driver_reloaded");
    expect(story.inspected(5000).faults).toEqual([]);
  });

  it("is a reload that was too quick to be seen as an outage, also where the XID is heard of together with it", () => {
    const story = new Story().answered(1000, 1).xid(79, 2000).reloaded(2010).looked();
    expect(story.faults).toEqual(["xid_79"]);
    expect(story.answered(2050, 2).faults).toEqual([]);
    expect(story.news).toEqual(["xid 79", "raised xid_79", "cleared xid_79: driver_reloaded"]);

    const view = gpuView({ snapshot: snapshot({ sequence: 9, sampledAtMs: 2050 }) });
    const together = new Story().answered(1000, 1).reloaded(2010);
    expect(together.step({ view, events: [{ sequence: 1, index: 0, xid: 79, atMs: 2000 }] }).faults).toEqual([]);
  });

  it("is no reload for a fault that came after it", () => {
    const story = new Story().answered(1000, 1).reloaded(2010).xid(79, 2020).answered(2050, 2);
    expect(story.faults).toEqual(["xid_79"]);
    expect(story.answered(3000, 2).faults).toEqual(["xid_79"]);
  });

  it("is a GPU that was lost and answers since NVML was opened anew", () => {
    const lost = { snapshot: snapshot({ sequence: 50, memory: missing(15) }) };
    const story = new Story().xid(79, 2000).answered(3000, 1, lost).answered(4000, 2, lost);
    expect(story.faults).toEqual(["xid_79"]);
    story.answered(5000, 2);
    expect(story.faults).toEqual([]);
    expect(story.news.at(-1)).toBe("cleared xid_79: gpu_came_back");
  });

  it("is neither a GPU that was away for a moment, nor NVML opened anew for the sake of another GPU", () => {
    const lost = { snapshot: snapshot({ sequence: 50, memory: missing(15) }) };
    expect(new Story().xid(79, 2000).answered(3000, 1, lost).answered(4000, 1).answered(5000, 2).faults).toEqual([
      "xid_79",
    ]);
    expect(new Story().xid(48, 2000).answered(3000, 1).answered(4000, 2).faults).toEqual(["xid_48"]);
  });

  it("is nothing for a fault that was told after the GPU came back", () => {
    const story = new Story().answered(3000, 1, { handleError: notFound }).xid(79, 4000);
    story.answered(4001, 2);
    expect(story.faults).toEqual(["xid_79"]);
  });

  it("is the end of the processes where a restart of the application mends it", () => {
    const running = (...pids: number[]) => ({ processes: ok(pids.map(processOf)) });
    const story = new Story().inspected(1000, running(7, 8)).xid(94, 2000).xid(48, 2000);
    story.inspected(3000, running(8, 9));
    expect(story.faults).toEqual(["xid_94", "xid_48"]);
    story.inspected(4000, running(9));
    expect(story.faults).toEqual(["xid_48"]);
    expect(story.news.at(-1)).toBe("cleared xid_94: processes_ended");
  });

  it("is the end of the processes of the MIG instance that was hit, whatever runs on the others", () => {
    const instance = { gpuInstanceId: 1, computeInstanceId: 0 };
    const other = { ...processOf(8), gpuInstanceId: 2, computeInstanceId: 0 };
    const story = new Story().inspected(1000, { processes: ok([{ ...processOf(7), ...instance }, other]) });
    story.xid(94, 2000, { instance }).inspected(3000, { processes: ok([other]) });
    expect(story.faults).toEqual([]);
  });

  it("is not the end of processes that nobody knew of", () => {
    expect(new Story().inspected(1000).xid(94, 2000).inspected(3000).faults).toEqual(["xid_94"]);
  });

  it("is another GPU at the index", () => {
    const story = new Story().xid(79, 1);
    story.step({ view: gpuView({ uuid: ok("GPU-other") }), events: [] });
    expect(story.faults).toEqual([]);
    expect(story.record).toMatchObject({ uuid: "GPU-other", xids: [] });
    story.xid(48, 2).step({ view: gpuView({ uuid: missing(15) }), events: [] });
    expect(story.faults).toEqual(["xid_48"]);
  });
});

describe("a fault that is read", () => {
  it("comes and goes with its signal, and is found at the first inspection after a restart of this server", () => {
    const story = new Story().inspected(1000, { recoveryAction: ok(2), eccVolatileUncorrected: ok(3) });
    expect(story.faults).toEqual(["gpu_recovery_reboot", "gpu_ecc_uncorrected"]);
    const [reboot] = story.record.faults;
    story.inspected(2000, { recoveryAction: ok(2) });
    expect(story.record.faults).toMatchObject([{ row: { fault: "gpu_recovery_reboot" }, sinceMs: reboot?.sinceMs }]);
    expect(story.inspected(3000).faults).toEqual([]);
  });

  it("outlives its signal where the user says so", () => {
    const story = new Story({ gpu_too_hot: { lasts: "evidence" } });
    const hot = snapshot({ temperatureCelsius: ok(90) });
    story.step({ view: gpuView({ snapshot: hot, inspection: inspection() }), events: [] });
    story.step({ view: gpuView({ snapshot: snapshot({ sequence: 2 }) }), events: [] });
    expect(story.faults).toEqual(["gpu_too_hot"]);
  });

  it("is not there where the user ignores it", () => {
    expect(
      new Story({ gpu_recovery_reset: { severity: "ignore" } }).inspected(1, { recoveryAction: ok(1) }).faults,
    ).toEqual([]);
  });

  it("is judged once for each reading", () => {
    const view = gpuView({ inspection: inspection({ recoveryAction: ok(1) }) });
    const story = new Story().step({ view, events: [] });
    const { record } = story;
    expect(story.step({ view, events: [] }).record).toEqual(record);
    expect(story.news).toEqual(["raised gpu_recovery_reset"]);
  });
});

describe("an operator's acknowledgement", () => {
  const story = () => new Story().xid(79, 1).xid(48, 2);

  it("ends all faults, or the one that is named", () => {
    expect(acknowledge(story().record).record.faults).toEqual([]);
    const { record, news } = acknowledge(story().record, "xid_79");
    expect(record.faults).toMatchObject([{ row: { fault: "xid_48" } }]);
    expect(news).toMatchObject([{ kind: "cleared", evidence: "acknowledged", fault: { row: { fault: "xid_79" } } }]);
  });

  it("does not hide what the driver still shows", () => {
    const reset = { recoveryAction: ok(1) };
    const acknowledged = story().inspected(3, reset);
    acknowledged.record = acknowledge(acknowledged.record).record;
    expect(acknowledged.faults).toEqual([]);
    expect(acknowledged.inspected(4, reset).faults).toEqual(["gpu_recovery_reset"]);
  });
});
