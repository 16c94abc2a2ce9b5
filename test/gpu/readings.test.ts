import { describe, expect, it, vi } from "vitest";
import { emptyRecord } from "../../src/gpu/faults/record.js";
import {
  gpuReadings,
  lastingOf,
  measuredOf,
  measuredOfInstance,
  withMeasured,
} from "../../src/gpu/readings/measured.js";
import { gib, gpuView, inspection, memoryWithFree, missing, ok, ready, snapshot } from "../support/gpu.js";

const instance = {
  gpuInstanceId: 1,
  computeInstanceId: 0,
  uuid: ok("MIG-1"),
  name: ok("NVIDIA H200 MIG 1g.18gb"),
  memory: memoryWithFree(gib, 18 * gib),
};
const process = { pid: 7, kind: "compute" as const, usedBytes: ok(gib), exists: true, name: "/usr/bin/python3" };
const link = { link: 3, isActive: ok(true), crcErrors: ok(1), replayErrors: missing(3), recoveryErrors: ok(2) };
const values = (measured: ReturnType<typeof measuredOf>, name: string) =>
  measured.series?.[name]?.map(({ labels, value }) => [...Object.values(labels), value]);

describe("what is shown of a GPU", () => {
  it("is declared, all of it", () => {
    const { readings = {}, series = {} } = measuredOf(gpuView({ inspection: inspection() }), ready);
    expect(Object.keys(readings).filter((name) => gpuReadings[name]?.labels !== undefined)).toEqual([]);
    expect(Object.keys(series).filter((name) => gpuReadings[name]?.labels === undefined)).toEqual([]);
    expect([...Object.keys(readings), ...Object.keys(series)].toSorted()).toEqual(Object.keys(gpuReadings).toSorted());
  });

  it("has flags as 0 and 1, and what the card does not have as absent", () => {
    const { readings } = measuredOf(gpuView({ inspection: inspection({ eccPending: ok(false) }) }), ready);
    expect(readings).toMatchObject({
      persistenceMode: { ok: true, value: 1 },
      eccPending: { ok: true, value: 0 },
      retiredPagesPending: { ok: false, why: "unsupported" },
      rowRemapFailed: { ok: true, value: 0 },
    });
  });

  it("has a value for each link, process and XID, and none where it could not be read", () => {
    const record = { ...emptyRecord, xids: [{ xid: 79, count: 2 }], lastXid: 79 };
    const gpu = gpuView({ record, inspection: inspection({ nvlinks: [link], processes: ok([process]) }) });
    const measured = measuredOf(gpu, ready);
    expect(values(measured, "nvlinkActive")).toEqual([["3", 1]]);
    expect(values(measured, "nvlinkErrors")).toEqual([
      ["3", "crc", 1],
      ["3", "recovery", 2],
    ]);
    expect(values(measured, "processMemoryBytes")).toEqual([["7", "python3", "compute", gib]]);
    expect(values(measured, "xidEvents")).toEqual([["79", 2]]);
    expect(measured.readings?.lastXid).toEqual({ ok: true, value: 79 });
  });

  it("has every known clock event reason, and others once they appear", () => {
    const measured = measuredOf(gpuView({ snapshot: snapshot({ clocksEventReasons: ok(0x81 + 2 ** 40) }) }), ready);
    const active = values(measured, "clockEventReason")?.filter(([, value]) => value === 1);
    expect(active).toEqual([
      ["idle", 1],
      ["power_brake", 1],
      ["bit_40", 1],
    ]);
    expect(values(measured, "clockEventReason")).toHaveLength(10);
  });

  it("has its versions, also while it cannot be read", () => {
    expect(values(lastingOf(gpuView(), ready), "info")).toEqual([
      ["1650000000000", "580.65.06", "13.580.65.06", "13.0", 1],
    ]);
    expect(Object.keys(lastingOf(gpuView(), ready).readings ?? {})).toEqual(["lastXid"]);
  });

  it("has no newest XID where the driver would not tell of one", () => {
    const silent = { ...ready, eventsSupported: ok(false) } as const;
    expect(lastingOf(gpuView(), silent).readings).toEqual({});
    expect(lastingOf(gpuView({ record: { ...emptyRecord, lastXid: 31 } }), silent).readings).toMatchObject({
      lastXid: { value: 31 },
    });
  });
});

describe("a result with what is to be shown", () => {
  it("works it out once, when it is asked for", () => {
    const measure = vi.fn(() => measuredOf(gpuView(), ready));
    const result = withMeasured({ status: "healthy", reason: "ok", message: "well" }, measure);
    expect(result).toMatchObject({ status: "healthy", reason: "ok", message: "well" });
    const { status: _, reason: __, message: ___, ...measured } = result;
    expect(measured).toEqual(measuredOf(gpuView(), ready));
    expect(measure).toHaveBeenCalledOnce();
  });

  it("does not work it out for who does not ask", () => {
    const measure = vi.fn(() => measuredOf(gpuView(), ready));
    expect(withMeasured({ status: "healthy", reason: "ok", message: "well" }, measure).reason).toBe("ok");
    expect(measure).not.toHaveBeenCalled();
  });
});

describe("what is shown of a MIG instance", () => {
  it("is its memory, its processes and its XIDs", () => {
    const { uuid: _, name: __, memory: ___, ...id } = instance;
    const record = {
      ...emptyRecord,
      xids: [
        { xid: 94, count: 1, instance: id },
        { xid: 79, count: 1 },
      ],
    };
    const processes = ok([process, { ...process, ...id, pid: 8 }]);
    const gpu = gpuView({ record, migInstances: [instance], inspection: inspection({ processes }) });
    const measured = measuredOfInstance(gpu, instance);
    expect(measured.readings).toMatchObject({ memoryFreeBytes: { ok: true, value: gib } });
    expect(values(measured, "processMemoryBytes")).toEqual([["8", "python3", "compute", gib]]);
    expect(values(measured, "xidEvents")).toEqual([["94", 1]]);
    expect(values(measuredOf(gpu, ready), "xidEvents")).toEqual([["79", 1]]);
  });
});
