import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { CheckEntry } from "../../../src/core/component.js";
import { type Fault, present, type Result } from "../../../src/core/result.js";
import { gpuSubject } from "../../support/gpu-registry.js";
import { declaredReadings, type Family, metricsOf } from "./exposition.js";

/** One entry for each check type, with every reading that the type declares. */
function entriesOfAllTypes(): readonly CheckEntry[] {
  return Object.entries(declaredReadings).map(([type, declared]) => {
    const readings = Object.fromEntries(
      Object.entries(declared).flatMap(([name, { labels }]) => (labels === undefined ? [[name, present(1)]] : [])),
    );
    const series = Object.fromEntries(
      Object.entries(declared).flatMap(([name, { labels }]) =>
        labels === undefined
          ? []
          : [[name, [{ labels: Object.fromEntries(labels.map((label) => [label, "x"])), value: 1 }]]],
      ),
    );
    const fault: Fault = { fault: "xid_79", severity: "fatal", message: "m", remedy: "r", sinceMs: 0, count: 1 };
    const result: Result = { status: "healthy", reason: "ok", message: "ok", readings, series, faults: [fault] };
    const state = { status: "healthy", reported: result, latest: result, sinceMs: 0, observedAtMs: 0 } as const;
    return { check: type, type, state, ...(type === "gpu" ? { subject: gpuSubject(0) } : {}) };
  });
}

/** A row of the table in the docs; the labels are those that samples have. */
function row([name, { type, help, samples }]: [string, Family]): string {
  const labels = new Set<string>();
  for (const key of samples.keys()) for (const [, label] of key.matchAll(/([a-z_]+)="/g)) labels.add(`\`${label}\``);
  labels.delete("`le`");
  return `| \`${name}\` | ${type} | ${[...labels].join(", ")} | ${help} |`;
}

it("docs/metrics.md lists what /metrics shows; paste the rows that differ", async () => {
  const { gpus, probeCounts, metrics, scrape } = metricsOf();
  for (const entry of entriesOfAllTypes()) gpus.registry.publish(entry.check, [entry]);
  probeCounts.add("grpc_check", "serving");
  metrics.observeRun({ check: "gpu", type: "gpu", durationMs: 1, outcome: "healthy" });
  // The event loop's delay has figures only once it was looked at.
  await new Promise((resolve) => setTimeout(resolve, 120));
  const families = await scrape();
  metrics.stop();
  const documented = readFileSync("docs/metrics.md", "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| `"));
  expect(documented.toSorted()).toEqual([...families].map(row).toSorted());
});
