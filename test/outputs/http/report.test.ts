import { describe, expect, it } from "vitest";
import type { Fault } from "../../../src/core/result.js";
import { goodGpu, lowMemory } from "../../support/gpu-registry.js";
import { httpApp } from "./app.js";

type Json = Record<string, unknown>;

describe("/health", () => {
  it("is 200 or 503 as /readyz, with the same headers for Envoy", async () => {
    const { gpus, get } = httpApp();
    expect((await get("/health")).status).toBe(503);
    gpus.publishGpus(goodGpu);
    expect((await get("/health")).status).toBe(200);
    gpus.registry.drain("kernel update");
    const drained = await get("/health");
    expect(drained.status).toBe(503);
    expect(drained.headers.get("x-envoy-immediate-health-check-fail")).toBe("true");
    expect(await drained.json()).toMatchObject({
      drain: { reason: "draining", message: "kernel update", since: "2026-01-01T00:00:00.000Z" },
    });
  });

  it("says what runs where and that GPUs are simulated", async () => {
    const { gpus, get } = httpApp();
    gpus.clock.advance(60_000);
    expect(await (await get("/health")).json()).toMatchObject({
      simulated: true,
      hostname: "node-7",
      version: "1.2.3",
      node: process.versions.node,
      startedAt: "2026-01-01T00:00:00.000Z",
      reportedAt: "2026-01-01T00:01:00.000Z",
      gpuLibrary: { phase: "ready", simulated: true, driverVersion: { ok: true, value: "580.1" } },
    });
  });

  it("has each GPU once, with its labels and typed readings", async () => {
    const { gpus, get } = httpApp();
    gpus.publishGpus(lowMemory, goodGpu);
    const report = (await (await get("/health")).json()) as { gpus: Json[] };
    expect(report.gpus.map(({ name, status }) => [name, status])).toEqual([
      ["gpu/0", "unhealthy"],
      ["gpu/1", "healthy"],
    ]);
    expect(report.gpus[0]).toMatchObject({
      reason: "insufficient_gpu_memory",
      labels: { gpu: "0", name: "NVIDIA H200" },
      readings: { temperatureCelsius: { ok: true, value: 41 }, smClockHertz: { ok: false, why: "unsupported" } },
    });
  });

  it("has the faults of each GPU and who holds its memory, once, and not again with each check", async () => {
    const { gpus, get } = httpApp();
    gpus.clock.advance(60_000);
    const fault: Fault = {
      fault: "xid_79",
      severity: "fatal",
      message: "gpu/0 has fallen off the PCIe bus",
      remedy: "reboot",
      sinceMs: 15_000,
      count: 2,
    };
    const labels = { pid: "4711", program: "python3", kind: "compute" };
    gpus.publishGpus({ ...goodGpu, faults: [fault], series: { processMemoryBytes: [{ labels, value: 2 ** 30 }] } });
    const other = gpus.registry.checks().map((entry) => ({ ...entry, check: "cuda" }));
    gpus.registry.publish("cuda", other);
    const report = (await (await get("/health")).json()) as { gpus: Json[]; checks: { latest: Json }[] };
    const { sinceMs: _, ...rest } = fault;
    expect(report.gpus).toMatchObject([
      {
        faults: [{ ...rest, since: "2026-01-01T00:00:15.000Z" }],
        processes: [{ ...labels, usedBytes: 2 ** 30 }],
      },
    ]);
    for (const { latest } of report.checks) expect(Object.keys(latest)).not.toContain("faults");
  });

  it("has every component, with the checks that decide it", async () => {
    const { gpus, get } = httpApp();
    gpus.publishGpus(lowMemory);
    const { components } = (await (await get("/health")).json()) as { components: Record<string, Json> };
    expect(Object.keys(components)).toEqual([
      "",
      "readiness",
      "liveness",
      "startup",
      "gpu",
      "gpu/0",
      "gpu/GPU-00000000",
    ]);
    expect(components["gpu/GPU-00000000"]).toMatchObject({ aliasOf: "gpu/0", status: "unhealthy" });
    expect(components.gpu).toMatchObject({
      serving: "NOT_SERVING",
      checks: [{ label: "gpu on gpu/0", role: "critical", status: "unhealthy" }],
    });
  });

  it("has what is said about a check, and what it fails for, with the check and with its components", async () => {
    const { gpus, get } = httpApp();
    const about = { description: "embeddings", runbook: "https://wiki.example/cache", dependsOn: ["gpu"] };
    gpus.define({ cache: about });
    gpus.publishGpus(lowMemory);
    gpus.publish("cache", { status: "unhealthy", reason: "timeout", message: "no answer" });
    const { checks, components } = (await (await get("/health")).json()) as {
      checks: Json[];
      components: Record<string, { checks: Json[] }>;
    };
    const expected = { check: "cache", ...about, reason: "timeout", consequenceOf: "gpu" };
    expect(checks.find(({ check }) => check === "cache")).toMatchObject(expected);
    expect(components.readiness?.checks.find(({ check }) => check === "cache")).toMatchObject(expected);
  });

  it("says how long the last run took, how often it failed in a row, and what it was that was looked at", async () => {
    const { gpus, get, feed } = httpApp();
    gpus.publish("cache", { status: "unhealthy", reason: "refused", message: "nobody listens" });
    gpus.clock.advance(1000);
    gpus.publish("cache", { status: "unhealthy", reason: "timeout", message: "late", metadata: { role: "replica" } });
    gpus.registry.publish(
      "cache",
      gpus.registry.checks().map((entry) => ({ ...entry, lastRunMs: 12.5 })),
    );
    const { checks } = (await (await get("/health")).json()) as { checks: Json[] };
    expect(checks[0]).toMatchObject({
      lastRunMs: 12.5,
      consecutiveFailures: 2,
      latest: { metadata: { role: "replica" } },
    });
    expect(feed.status().state.checks.cache).toMatchObject({
      lastRunMs: 12.5,
      consecutiveFailures: 2,
      latest: { metadata: { role: "replica" } },
    });
  });

  it("gives the times of checks as times of day, and what is on its way to change", async () => {
    const { gpus, get } = httpApp();
    gpus.clock.advance(10_000);
    gpus.publish("cache", { status: "healthy", reason: "ok", message: "2 ms" });
    gpus.clock.advance(5000);
    gpus.publish("cache", { status: "healthy", reason: "ok", message: "3 ms" });
    gpus.clock.advance(1000);
    const { checks } = (await (await get("/health")).json()) as { checks: Json[] };
    expect(checks).toEqual([
      {
        check: "cache",
        type: "cache",
        status: "healthy",
        reason: "ok",
        message: "3 ms",
        since: "2026-01-01T00:00:10.000Z",
        consecutiveFailures: 0,
        latest: { status: "healthy", reason: "ok", message: "3 ms", observedAt: "2026-01-01T00:00:15.000Z" },
      },
    ]);
  });
});
