import { describe, expect, it } from "vitest";
import { inRepository } from "./support/paths.js";
import { start } from "./support/processes.js";

/** What `npm run torture -- --json` says of one fault. */
interface Result {
  readonly attempts: number;
  readonly probes: number;
  readonly failed: number;
  readonly problems: readonly string[];
}

/** What the other files have no test of; docs/reliability.md has every fault, in greater numbers. */
const faults = [
  "silent-dependency",
  "rapid-resets",
  "malformed-grpc",
  "malformed-http",
  "file-descriptors",
  "clock-jumps",
  "configuration-deleted",
  "log-disk-full",
  "log-closed",
  "throws",
] as const;

describe("npm run torture", () => {
  it.each(faults)("%s: the healthy client is served, and nothing is left behind", async (fault) => {
    const program = inRepository("bench/torture/main.mjs");
    // Far above the kubelet's second: what is tested here is that it is answered, on a machine that may be slow.
    const args = [program, "--short", "--json", "--cases", fault, "--probe-timeout", "15000"];
    const torture = start(process.execPath, args);
    await torture.exited;
    const result = JSON.parse(torture.lines()[0] ?? torture.stderr) as Result;
    expect(result.problems).toEqual([]);
    expect(result.attempts).toBeGreaterThan(0);
    expect(result.probes).toBeGreaterThan(0);
    expect(result.failed).toBe(0);
  });
});
