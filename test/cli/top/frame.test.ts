import { describe, expect, it } from "vitest";
import { frame } from "../../../src/cli/top/frame.js";
import { asciiGlyphs, glyphsFor, unicodeGlyphs } from "../../../src/cli/top/glyphs.js";
import { printed, widthOf } from "../../../src/cli/top/styled-text.js";
import type { Known } from "../../../src/live/known.js";
import { lostSince, statusOfSoundGpu, statusOfTwoGpus } from "./known.js";

const textOf = (known: Known, columns = 120, glyphs = unicodeGlyphs): string =>
  frame(known, { columns, glyphs, nowMs: 100_000 })
    .map((line) => printed(line, columns, { isStyled: false, isAscii: glyphs.isAscii }).trimEnd())
    .join("\n");

describe("a frame of top", () => {
  it("begins with the verdict, why, and what to do", () => {
    const lines = textOf({ status: statusOfTwoGpus() }).split("\n");
    expect(lines[0]).toMatch(/^gpu-health node-7 +live \d\d:\d\d:\d\d$/);
    expect(lines[1]).toContain("SIMULATED GPUs");
    expect(lines[2]).toMatch(/^✗ NOT READY for 4 s, since \d\d:\d\d:\d\d, gRPC NOT_SERVING$/);
    expect(lines[3]).toBe("  0.3 GiB free on gpu/0, 2 GiB needed (insufficient_gpu_memory)");
    expect(lines[4]).toBe("  → free GPU memory or lower minFreeMemory");
  });

  it("has faults with their remedy, GPUs, components, checks and changes", () => {
    const text = textOf({ status: statusOfTwoGpus() });
    expect(text).toContain(
      "✗ xid_79 fatal on gpu/1 for 1 min, 3 times: gpu/1 has fallen off the bus\n  → reboot the node\n",
    );
    expect(text).toMatch(/^gpu\/0 ✗ unhealthy +0.3 GiB free .*█ +25 % .*▃ +41 °C .*▄ +122 W .*▂$/m);
    expect(text).toContain("held by vllm (4711) 79 GiB");
    expect(text).toMatch(/^gpu\/1 ✗ unhealthy +not known .* - .* - .* -/m);
    expect(text.match(/reboot the node/g)).toHaveLength(1);
    expect(text).toMatch(/COMPONENTS\n✗ readiness unhealthy 4 s +insufficient_gpu_memory: /);
    expect(text).toMatch(/^! cache +180 ms, 50 ms allowed$/m);
    expect(text).toMatch(/LAST CHANGES\n\d\d:\d\d:\d\d healthy → unhealthy .*xid_79/);
  });

  it.each([200, 120, 80, 64, 50, 39, 12, 1])("has no line wider than %d columns", (columns) => {
    for (const line of textOf({ status: statusOfTwoGpus() }, columns).split("\n")) {
      expect(widthOf(line)).toBeLessThanOrEqual(columns);
    }
  });

  it("leaves out sparklines where there is no room, and takes two lines where there is none for a table", () => {
    const status = statusOfSoundGpu();
    expect(textOf({ status }, 100)).toMatch(/^gpu\/0 ✓ healthy .*▁/m);
    const table = textOf({ status }, 62);
    expect(table).toMatch(/^gpu\/0 ✓ healthy +79.5 GiB free +25 % +41 °C +122 W$/m);
    expect(textOf({ status }, 40)).toContain("gpu/0 ✓ healthy for 4 s\n  79.5 GiB free  25 %  41 °C  122 W\n");
  });

  it("cuts off nothing that says why or what to do, however narrow it is", () => {
    const status = statusOfTwoGpus();
    const joined = textOf({ status }, 40).replaceAll(/\s+/g, " ");
    expect(joined).toMatch(/NOT READY for 4 s, since [\d:]+, gRPC NOT_SERVING /);
    expect(joined).toContain("SIMULATED GPUs: they do not exist, and no reading is real.");
    expect(joined).toContain("insufficient_gpu_memory: 0.3 GiB free on gpu/0, 2 GiB needed → free GPU memory or lower");
    expect(joined).toMatch(/! cache +180 ms, 50 ms allowed/);
    expect(joined).toMatch(/healthy → unhealthy [^→]* xid_79: gpu\/1 has fallen off the bus/);
  });

  it("has what is wrong before what is well, and all of the last changes", () => {
    const status = statusOfTwoGpus();
    const { checks } = status.state;
    const { cache } = checks;
    if (cache === undefined) throw new Error("there is no check cache");
    const well = { ...cache, status: "healthy", latest: { ...cache.latest, status: "healthy" } } as const;
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`a-${at}`, well]));
    const state = { ...status.state, checks: { ...many, ...checks } };
    expect(textOf({ status: { ...status, state } })).toMatch(/CHECKS\n✗ .*\n✗ .*\n! cache.*\n✓ a-0/);
    const [change] = status.transitions;
    if (change === undefined) throw new Error("there is no change");
    const transitions = Array.from({ length: 200 }, (_, at) => ({ ...change, id: at, atWallMs: at * 1000 }));
    expect(textOf({ status: { ...status, transitions } }).match(/ → /g)?.length).toBeGreaterThan(200);
  });

  it("says that the connection is lost, and how old everything is", () => {
    const lines = textOf(lostSince(statusOfSoundGpu(), 88_000)).split("\n");
    expect(lines[0]).toContain("NO CONNECTION");
    expect(lines[1]).toBe("nobody listens there; this is 12 s old. Trying again.");
  });

  it("says that a drain is on purpose, and why there are no GPUs", () => {
    const status = statusOfSoundGpu();
    const drain = { reason: "draining", message: "kernel update", sinceWallMs: status.state.atWallMs - 5000 } as const;
    const drained = {
      ...status.state,
      drain,
      status: "unhealthy",
      reason: "draining",
      message: "kernel update",
    } as const;
    expect(textOf({ status: { ...status, state: drained } })).toMatch(
      /↓ DRAINING for 5 s, since \d{4}-\d\d-\d\d [\d:]+, gRPC SERVING\n {2}kernel update/,
    );
    const library = {
      phase: "failed",
      reason: "nvml_library_not_found",
      message: "no library",
      remedy: "install it",
    } as const;
    const without = textOf({ status: { ...status, state: { ...status.state, gpus: {}, library } } });
    expect(without).toContain("nvml_library_not_found: no library\n  install it");
  });

  it("lets nobody's text move the cursor, colour the screen or turn the line round", () => {
    const status = statusOfSoundGpu();
    const state = { ...status.state, status: "unhealthy", message: "a\u001b[2J\u0007\u009b1mb\u202ec\nd" } as const;
    expect(textOf({ status: { ...status, state } })).toContain("  a·[2J··1mb·c·d (ok)");
  });

  it("is plain where colours are not wanted, and ASCII where the terminal knows nothing else", () => {
    const ascii = textOf({ status: statusOfTwoGpus() }, 120, asciiGlyphs);
    expect(ascii).toMatch(/^[\x20-\x7e\n]*$/);
    expect(ascii).toContain("x NOT READY");
    const [, , verdict] = frame({ status: statusOfTwoGpus() }, { columns: 80, glyphs: unicodeGlyphs, nowMs: 0 });
    expect(printed(verdict ?? [], 80, { isStyled: true, isAscii: false })).toContain(
      "\u001b[1;31m✗ NOT READY \u001b[0m",
    );
  });
});

describe("glyphsFor", () => {
  it.each([
    [{ LANG: "de_DE.UTF-8" }, unicodeGlyphs],
    [{ LANG: "C.utf8", TERM: "xterm" }, unicodeGlyphs],
    [{ LANG: "C" }, asciiGlyphs],
    [{}, asciiGlyphs],
    [{ LC_ALL: "C", LANG: "de_DE.UTF-8" }, asciiGlyphs],
    [{ LC_ALL: "", LANG: "de_DE.UTF-8" }, unicodeGlyphs],
    [{ LANG: "de_DE.UTF-8", TERM: "linux" }, asciiGlyphs],
  ])("for %j", (environment, glyphs) => {
    expect(glyphsFor(environment)).toBe(glyphs);
  });
});
