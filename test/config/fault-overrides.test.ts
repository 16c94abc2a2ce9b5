import { describe, expect, it } from "vitest";
import { loadConfiguration } from "../../src/config/load.js";

function load(faults: string) {
  const loaded = loadConfiguration(`gpu:\n  faults:\n${faults}`, "a.yaml", {});
  return loaded.ok
    ? loaded.configuration.gpu.faults
    : loaded.errors.map((each) => `${each.line}:${each.column} ${each.path}: ${each.message}`);
}

describe("gpu.faults", () => {
  it("takes any XID and every other fault of the catalogue", () => {
    const text =
      "    xid_31: { severity: ignore }\n    xid_4242: { severity: fatal, remedy: call Bob }\n    gpu_too_hot: { lasts: evidence }\n";
    expect(load(text)).toEqual({
      xid_31: { severity: "ignore" },
      xid_4242: { severity: "fatal", remedy: "call Bob" },
      gpu_too_hot: { lasts: "evidence" },
    });
  });

  it("names the nearest fault, key and value, each at its place", () => {
    const text = "    gpu_to_hot: {}\n    xid_31: { severty: fatal }\n    xid_32: { severity: fatel }\n    xid79: {}\n";
    expect(load(text)).toEqual([
      '3:5 gpu.faults.gpu_to_hot: unknown fault "gpu_to_hot": did you mean gpu_too_hot?',
      '4:15 gpu.faults.xid_31.severty: unknown key "severty": did you mean severity?',
      '5:25 gpu.faults.xid_32.severity: unknown value "fatel": did you mean fatal?',
      '6:5 gpu.faults.xid79: unknown fault "xid79": did you mean xid_79?',
    ]);
  });

  it("lets no XID last as a signal, since an event shows no end", () => {
    expect(load("    xid_79: { lasts: signal }\n")).toEqual([
      "3:22 gpu.faults.xid_79.lasts: an XID is an event and shows no end: take evidence or processes",
    ]);
  });
});

it("gpu.leakWindow has room for enough samples to see a trend", () => {
  const windowOf = (text: string) => {
    const loaded = loadConfiguration(text, "a.yaml", {});
    return loaded.ok ? loaded.configuration.gpu.detection.leakWindowMs : loaded.errors;
  };
  expect(windowOf("gpu: { leakWindow: 1m }")).toBe(60_000);
  expect(windowOf("gpu: { leakWindow: 5s }")).toBe(15_000);
});
