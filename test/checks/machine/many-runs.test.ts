import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createCheck, runOnce } from "../../support/run-check.js";

/** Open files, timers, sockets and children: what the test runner itself has changes by a few. */
const held = (): number => readdirSync("/proc/self/fd").length + process.getActiveResourcesInfo().length;
const runnersOwn = 10;

describe("hundreds of runs leave nothing behind", () => {
  it.each([
    ["exec", { command: ["true"] }, 100],
    ["file", { path: "/etc/passwd" }, 500],
    ["file", { path: "/nonexistent" }, 500],
    ["disk", {}, 500],
    ["memory", {}, 500],
    ["cpu", {}, 500],
    ["process", { name: "node" }, 100],
  ])("%s %j", async (type, options, runs) => {
    const check = createCheck(type, options);
    const deadline = new AbortController();
    await runOnce(check, deadline.signal);
    const before = held();
    for (let run = 0; run < runs; run++) await runOnce(check, deadline.signal);
    await check.stop?.();
    await expect.poll(held).toBeLessThanOrEqual(before + runnersOwn);
  });
});
