import { describe, expect, it } from "vitest";
import { FaultCatalogue, faultRows } from "../../../src/gpu/faults/catalogue.js";
import { xidFault, xidOf } from "../../../src/gpu/faults/row.js";

const catalogue = new FaultCatalogue();
const severities = (xids: readonly number[]) => new Set(xids.map((xid) => catalogue.ofXid(xid).severity));

describe("the catalogue of faults", () => {
  it("has each fault once, with a sentence, a remedy and a source", () => {
    const names = faultRows.map(({ fault }) => fault);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    for (const { fault, sentence, remedy, source } of faultRows) {
      expect(fault).toMatch(/^(xid_\d+|gpu_[a-z_]+)$/);
      expect(sentence, fault).toMatch(/^[a-z].*[^.]$/);
      expect(remedy, fault).toMatch(/^[a-z].*[^.]$/);
      expect(source, fault).not.toBe("");
    }
  });

  it("has a row of its own for every XID that a public source names", () => {
    const gpud = [9, 12, 16, 18, 19, 26, 27, 28, 29, 30, 32, 33, 34, 35, 36, 38, 42, 44, 46, 47, 48, 59, 60, 61, 62, 63]
      .concat([64, 65, 68, 69, 74, 78, 79, 81, 94, 95, 110, 119, 120, 121, 123, 140, 143])
      .concat([144, 145, 146, 147, 148, 149, 150]);
    const plugin = [13, 31, 43, 45, 68, 109];
    const missing = [...gpud, ...plugin, 136].filter((xid) => !faultRows.some((row) => row.fault === xidFault(xid)));
    expect(missing).toEqual([]);
  });

  it("decides where the sources disagree", () => {
    expect(severities([48, 62, 64, 74, 79, 95, 119, 120])).toEqual(new Set(["fatal"]));
    expect(severities([136, 46, 140, 143])).toEqual(new Set(["fatal"]));
    expect(severities([94, 109])).toEqual(new Set(["degraded"]));
    expect(severities([13, 31, 43, 45, 68])).toEqual(new Set(["application"]));
    expect(severities([38, 44, 63, 121])).toEqual(new Set(["ignore"]));
  });

  it("takes an XID that nobody knows for degraded", () => {
    expect(catalogue.ofXid(4242)).toMatchObject({ fault: "xid_4242", severity: "degraded", lasts: "evidence" });
  });

  it("lets no XID last as long as a signal that an event does not have", () => {
    expect(faultRows.filter(({ fault, lasts }) => xidOf(fault) !== undefined && lasts === "signal")).toEqual([]);
  });

  it("takes what the user says of a fault, of an XID without a row too", () => {
    const own = new FaultCatalogue({
      xid_31: { severity: "ignore" },
      xid_4242: { severity: "fatal", remedy: "call Bob" },
      gpu_too_hot: { lasts: "evidence" },
    });
    expect(own.ofXid(31)).toMatchObject({ severity: "ignore", source: "your configuration" });
    expect(own.ofXid(4242)).toMatchObject({ severity: "fatal", remedy: "call Bob", lasts: "evidence" });
    expect(own.row("gpu_too_hot")).toMatchObject({ severity: "degraded", lasts: "evidence" });
    expect(() => new FaultCatalogue({ gpu_to_hot: {} })).toThrow("there is no fault gpu_to_hot");
  });
});

it.each([
  ["xid_79", 79],
  ["xid_0", 0],
  ["xid_079", undefined],
  ["xid_", undefined],
  ["gpu_lost", undefined],
])("xidOf(%s) is %s", (fault, xid) => {
  expect(xidOf(fault)).toBe(xid);
});
