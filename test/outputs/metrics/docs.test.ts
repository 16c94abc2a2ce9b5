import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import type { CheckEntry } from "../../../src/core/component.js";
import { type Fault, present, type Result } from "../../../src/core/result.js";
import { dcgmFields } from "../../../src/outputs/metrics/dcgm.js";
import { metricName } from "../../../src/outputs/metrics/readings.js";
import { gpuSubject } from "../../support/gpu-registry.js";
import { fillIn, table } from "../../support/reference.js";
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
    const status = type === "gpu" ? "degraded" : "healthy";
    const result: Result = { status, reason: "ok", message: "ok", readings, series, faults: [fault] };
    const state = {
      status,
      reported: result,
      latest: result,
      sinceMs: 0,
      observedAtMs: 0,
      consecutiveFailures: 0,
    } as const;
    return { check: type, type, state, ...(type === "gpu" ? { subject: gpuSubject(0) } : {}) };
  });
}

/** The rows of one table in the docs; the labels are those that samples have. */
function rows(families: ReadonlyMap<string, Family>, isWanted: (name: string) => boolean): string {
  const cells = [...families]
    .filter(([name]) => isWanted(name))
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { type, help, samples }]) => {
      const labels = new Set<string>();
      for (const key of samples.keys()) {
        for (const [, label] of key.matchAll(/([a-z_]+)="/g)) labels.add(`\`${label}\``);
      }
      labels.delete("`le`");
      return [`\`${name}\``, type, [...labels].join(", "), help];
    });
  return table(["name", "type", "labels", "what it is"], cells);
}

it("docs/metrics.md lists what /metrics shows", async () => {
  const { gpus, probeCounts, metrics, scrape } = metricsOf();
  for (const entry of entriesOfAllTypes()) gpus.registry.publish(entry.check, [entry]);
  gpus.registry.define(
    [{ name: "api", critical: ["api"], optional: [], carriesTraffic: true }],
    new Map([["api", { dependsOn: ["database"] }]]),
  );
  for (const check of ["api", "database"]) gpus.publish(check, { status: "unhealthy", reason: "r", message: "m" });
  probeCounts.add("grpc_check", "serving");
  metrics.observeRun({ check: "gpu", type: "gpu", durationMs: 1, outcome: "healthy" });
  // The event loop's delay has figures only once it was looked at.
  gpus.clock.advance(1000);
  const families = await scrape();
  metrics.stop();
  const declared = new Set(Object.values(declaredReadings).flatMap((each) => Object.values(each).map(metricName)));
  const isOfGpu = (name: string): boolean => name.startsWith("gpu_health_gpu_");
  const isOwn = (name: string): boolean => name.startsWith("gpu_health_");
  const path = fileURLToPath(new URL("../../../docs/metrics.md", import.meta.url));
  const filled = fillIn(readFileSync(path, "utf8"), {
    status: rows(families, (name) => isOwn(name) && !isOfGpu(name) && !declared.has(name)),
    gpus: rows(families, isOfGpu),
    readings: rows(families, (name) => !isOfGpu(name) && declared.has(name)),
    process: rows(families, (name) => !isOwn(name)),
    dcgm: table(
      ["dcgm-exporter's name", "type", "what it is"],
      dcgmFields.map(({ name, type, help }) => [`\`${name}\``, type, help]),
    ),
  });
  await expect(filled).toMatchFileSnapshot(path);
});
