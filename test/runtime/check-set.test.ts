import { describe, expect, it } from "vitest";
import type { CheckConfiguration, Configuration } from "../../src/config/configuration.js";
import { defaultCheck, defaultConfiguration } from "../../src/config/defaults.js";
import type { LibraryState } from "../../src/gpu/snapshot.js";
import { checkSet, difference, mayHaveGpus } from "../../src/runtime/check-set.js";
import { ready } from "../support/gpu.js";

const configured = (name: string, type: string): CheckConfiguration => ({
  ...defaultCheck(type, name),
  isImplicit: false,
});
const withChecks = (...checks: CheckConfiguration[]): Configuration => ({ ...defaultConfiguration(), checks });
const names = (checks: readonly CheckConfiguration[]): string[] => checks.map(({ name }) => name);

describe("checkSet", () => {
  it("runs the defaults, the GPU check among them only where there can be GPUs", () => {
    expect(names(checkSet(defaultConfiguration(), true).traffic)).toEqual(["gpu", "event-loop", "memory", "disk"]);
    expect(names(checkSet(defaultConfiguration(), false).traffic)).toEqual(["event-loop", "memory", "disk"]);
  });

  it("runs a GPU check that somebody asked for, GPUs or not", () => {
    expect(names(checkSet(withChecks(configured("cards", "gpu")), false).traffic)).toEqual(["cards"]);
    const components = [{ name: "inference", critical: ["gpu"], optional: [] }];
    const named: Configuration = { ...defaultConfiguration(), components };
    expect(names(checkSet(named, false).traffic)).toContain("gpu");
  });

  it("adds what the built-in components need", () => {
    expect(names(checkSet(withChecks(), true).builtIn)).toEqual(["built-in/event-loop", "built-in/gpu"]);
    expect(names(checkSet(withChecks(), false).builtIn)).toEqual(["built-in/event-loop"]);
    expect(names(checkSet(withChecks(configured("loop", "event-loop")), false).builtIn)).toEqual([]);
  });
});

describe("mayHaveGpus", () => {
  const failed = (reason: "nvml_library_not_found" | "nvml_init_failed" | "addon_missing"): LibraryState => ({
    phase: "failed",
    path: "libnvidia-ml.so.1",
    reason,
    message: "",
    remedy: "",
  });

  it.each<[LibraryState, boolean]>([
    [{ phase: "off" }, false],
    [{ phase: "opening", path: "" }, true],
    [ready, true],
    [failed("nvml_library_not_found"), false],
    [failed("addon_missing"), false],
    [failed("nvml_init_failed"), true],
  ])("%o: %s", (library, expected) => {
    expect(mayHaveGpus(library)).toBe(expected);
  });
});

describe("difference", () => {
  it("leaves alone what is the same, and replaces what changed", () => {
    const disk = configured("disk", "disk");
    const memory = configured("memory", "memory");
    const running = new Map([disk, memory, configured("gone", "disk")].map((check) => [check.name, check]));
    const changed = { ...memory, schedule: { ...memory.schedule, intervalMs: 1 } };
    const added = configured("new", "disk");
    const saidOtherwise = { ...structuredClone(disk), about: { description: "models", dependsOn: ["new"] } };
    const { toRemove, toAdd } = difference(running, [saidOtherwise, changed, added]);
    expect(toRemove).toEqual(["memory", "gone"]);
    expect(toAdd).toEqual([changed, added]);
  });
});
