import { describe, expect, it } from "vitest";
import { frame } from "../../../src/cli/top/frame.js";
import { asciiGlyphs, glyphsFor, unicodeGlyphs } from "../../../src/cli/top/glyphs.js";
import { printed, widthOf } from "../../../src/cli/top/styled-text.js";
import type { Known } from "../../../src/live/known.js";
import { lostSince, statusOfSoundGpu, statusOfTwoGpus } from "./known.js";

const textOf = (known: Known, columns = 120, glyphs = unicodeGlyphs): string =>
  frame(known, { columns, glyphs, nowMs: 100_000 })
    .map((line) => printed(line, columns, false).trimEnd())
    .join("\n");

describe("a frame of top", () => {
  it("begins with the verdict, why, and what to do", () => {
    const lines = textOf({ status: statusOfTwoGpus() }).split("\n");
    expect(lines[0]).toMatch(/^gpu-health node-7 +live \d\d:\d\d:\d\d$/);
    expect(lines[1]).toContain("SIMULATED GPUs");
    expect(lines[2]).toBe("✗ NOT READY for 4 s, gRPC NOT_SERVING");
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
    expect(textOf({ status: { ...status, state: drained } })).toContain(
      "↓ DRAINING for 5 s, gRPC SERVING\n  kernel update",
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
    expect(ascii).toMatch(/^[\x20-\x7e°\n]*$/);
    expect(ascii).toContain("x NOT READY");
    const [, , verdict] = frame({ status: statusOfTwoGpus() }, { columns: 80, glyphs: unicodeGlyphs, nowMs: 0 });
    expect(printed(verdict ?? [], 80, true)).toContain("\u001b[1;31m✗ NOT READY\u001b[0m");
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
