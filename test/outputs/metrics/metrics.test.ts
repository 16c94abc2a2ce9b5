import { afterEach, describe, expect, it, vi } from "vitest";
import { lost, present, type Result } from "../../../src/core/result.js";
import { goodGpu, lowMemory } from "../../support/gpu-registry.js";
import { metricsOf } from "./exposition.js";

const open: { stop(): void }[] = [];

afterEach(() => {
  for (const metrics of open.splice(0)) metrics.stop();
});

function setUp(...parameters: Parameters<typeof metricsOf>) {
  const created = metricsOf(...parameters);
  open.push(created.metrics);
  const samples = async (name: string): Promise<Record<string, number>> =>
    Object.fromEntries((await created.scrape()).get(name)?.samples ?? []);
  return { ...created, samples };
}

const declarations = {
  gpu: { memoryFreeBytes: { metric: "gpu_memory_free", unit: "bytes", help: "Free." } },
  cache: {
    latencySeconds: { metric: "latency", unit: "seconds", help: "Latency." },
    queueLength: { metric: "queue_length", unit: "count", help: "Length." },
  },
} as const;

const gpuLabels = (index: number, simulated = true): string =>
  `{gpu="${index}",uuid="GPU-0000000${index}",name="NVIDIA H200",pci_bus_id="00000000:${index}9:00.0",simulated="${simulated}"}`;

describe("components", () => {
  it("have a state set, whether they serve, why, and since when, each component once", async () => {
    const { gpus, samples } = setUp();
    gpus.clock.advance(1500);
    gpus.publishGpus(lowMemory);
    const status = await samples("gpu_health_component_status");
    expect(Object.keys(status)).toHaveLength(4 * 5);
    expect(status).toMatchObject({
      'gpu_health_component_status{component="gpu/0",status="healthy"}': 0,
      'gpu_health_component_status{component="gpu/0",status="degraded"}': 0,
      'gpu_health_component_status{component="gpu/0",status="unhealthy"}': 1,
      'gpu_health_component_status{component="gpu/0",status="unknown"}': 0,
      'gpu_health_component_status{component="liveness",status="unknown"}': 1,
    });
    expect(await samples("gpu_health_component_serving")).toMatchObject({
      'gpu_health_component_serving{component="readiness"}': 0,
      'gpu_health_component_serving{component="gpu"}': 0,
    });
    expect(await samples("gpu_health_component_reason")).toMatchObject({
      'gpu_health_component_reason{component="gpu",reason="insufficient_gpu_memory"}': 1,
    });
    expect(await samples("gpu_health_component_last_transition_timestamp_seconds")).toMatchObject({
      'gpu_health_component_last_transition_timestamp_seconds{component="gpu"}': Date.UTC(2026, 0, 1) / 1000 + 1.5,
    });
  });

  it("leave no series behind: neither an old reason nor a component that is gone", async () => {
    const { gpus, samples } = setUp();
    gpus.publishGpus(lowMemory, goodGpu);
    await samples("gpu_health_component_reason");
    gpus.publishGpus(goodGpu);
    const reasons = Object.keys(await samples("gpu_health_component_reason"));
    expect(reasons.filter((key) => key.includes("insufficient_gpu_memory") || key.includes("gpu/1"))).toEqual([]);
    expect(Object.keys(await samples("gpu_health_component_status")).join()).not.toContain("gpu/1");
  });

  it("show a drain", async () => {
    const { gpus, samples } = setUp();
    expect(await samples("gpu_health_draining")).toEqual({ gpu_health_draining: 0 });
    gpus.registry.drain("kernel update");
    expect(await samples("gpu_health_draining")).toEqual({ gpu_health_draining: 1 });
  });
});

describe("checks", () => {
  it("have a state set, for each subject where there are some", async () => {
    const { gpus, samples } = setUp();
    gpus.publishGpus(goodGpu);
    gpus.publish("cache", { status: "degraded", reason: "slow", message: "slow" });
    expect(await samples("gpu_health_check_status")).toMatchObject({
      'gpu_health_check_status{check="gpu",subject="gpu/0",status="healthy"}': 1,
      'gpu_health_check_status{check="cache",status="degraded"}': 1,
      'gpu_health_check_status{check="cache",status="healthy"}': 0,
    });
  });

  it("count their runs by outcome and time them", async () => {
    const { metrics, samples } = setUp();
    metrics.observeRun({ check: "cache", type: "redis", durationMs: 4, outcome: "healthy" });
    metrics.observeRun({ check: "cache", type: "redis", durationMs: 2000, outcome: "unhealthy" });
    expect(await samples("gpu_health_check_runs_total")).toEqual({
      'gpu_health_check_runs_total{check="cache",type="redis",outcome="healthy"}': 1,
      'gpu_health_check_runs_total{check="cache",type="redis",outcome="unhealthy"}': 1,
    });
    expect(await samples("gpu_health_check_duration_seconds")).toMatchObject({
      'gpu_health_check_duration_seconds_bucket{le="0.0025",check="cache"}': 0,
      'gpu_health_check_duration_seconds_bucket{le="0.005",check="cache"}': 1,
      'gpu_health_check_duration_seconds_bucket{le="2.5",check="cache"}': 2,
      'gpu_health_check_duration_seconds_sum{check="cache"}': 2.004,
      'gpu_health_check_duration_seconds_count{check="cache"}': 2,
    });
  });
});

describe("problems", () => {
  it("are what is wrong by itself, with the GPU where there is one, and gone when it is well", async () => {
    const { gpus, samples } = setUp();
    gpus.define({ cache: { dependsOn: ["database"] } });
    gpus.publishGpus(goodGpu, lowMemory);
    gpus.publish("cache", { status: "unhealthy", reason: "timeout", message: "no answer" });
    const ofGpu =
      'gpu_health_problem{check="gpu",subject="gpu/1",gpu="1",uuid="GPU-00000001",name="NVIDIA H200",' +
      'pci_bus_id="00000000:19:00.0",severity="critical",status="unhealthy",reason="insufficient_gpu_memory",' +
      'simulated="true"}';
    expect(await samples("gpu_health_problem")).toEqual({
      [ofGpu]: 1,
      'gpu_health_problem{check="cache",severity="warning",status="unhealthy",reason="timeout",simulated="true"}': 1,
    });

    gpus.publish("database", { status: "unhealthy", reason: "refused", message: "connection refused" });
    gpus.publishGpus(goodGpu, goodGpu);
    expect(await samples("gpu_health_problem")).toEqual({
      'gpu_health_problem{check="database",severity="warning",status="unhealthy",reason="refused",simulated="true"}': 1,
    });
  });
});

describe("readings", () => {
  it("of GPUs carry the GPU's labels, and whether it is simulated", async () => {
    const { gpus, samples, numbers } = setUp(declarations);
    gpus.publishGpus(goodGpu, lowMemory);
    const name = "gpu_health_gpu_memory_free_bytes";
    expect(await samples(name)).toEqual({
      [`${name}${gpuLabels(0)}`]: 79.5 * 2 ** 30,
      [`${name}${gpuLabels(1)}`]: 0.3 * 2 ** 30,
    });
    numbers.isSimulated = false;
    expect(Object.keys(await samples(name))[0]).toBe(`${name}${gpuLabels(0, false)}`);
  });

  it("of other checks carry the check's name; plain numbers have no unit", async () => {
    const { gpus, samples } = setUp(declarations);
    const readings = { latencySeconds: present(0.25), queueLength: present(7) };
    gpus.publish("cache", { status: "healthy", reason: "ok", message: "ok", readings });
    expect(await samples("gpu_health_latency_seconds")).toEqual({ 'gpu_health_latency_seconds{check="cache"}': 0.25 });
    expect(await samples("gpu_health_queue_length")).toEqual({ 'gpu_health_queue_length{check="cache"}': 7 });
  });

  it("that are absent give no sample, and one that vanishes leaves none", async () => {
    const { gpus, samples } = setUp(declarations);
    const name = "gpu_health_gpu_memory_free_bytes";
    gpus.publishGpus(goodGpu);
    expect(Object.keys(await samples(name))).toHaveLength(1);
    gpus.publishGpus({ ...goodGpu, readings: { memoryFreeBytes: lost } });
    expect(await samples(name)).toEqual({});
    const { readings: _, ...withoutReadings } = goodGpu;
    gpus.publishGpus(withoutReadings as Result);
    expect(await samples(name)).toEqual({});
  });

  it("of one GPU that two checks look at are one series", async () => {
    const { gpus, samples } = setUp(declarations);
    gpus.publishGpus(goodGpu);
    const twin = gpus.registry.checks().map((entry) => ({ ...entry, check: "gpu-strict" }));
    gpus.registry.publish("gpu-strict", twin);
    expect(Object.keys(await samples("gpu_health_gpu_memory_free_bytes"))).toHaveLength(1);
  });

  it("escape what stands in labels", async () => {
    const { gpus, metrics } = setUp(declarations);
    gpus.publishGpus(goodGpu);
    const hostile = gpus.registry.checks().map((entry) => ({
      ...entry,
      subject: { name: "gpu/0", aliases: [], labels: { name: 'a"} 1\nevil 2\\' } },
    }));
    gpus.registry.publish("gpu", hostile);
    const { body } = await metrics.text();
    expect(body).toContain('name="a\\"} 1\\nevil 2\\\\"');
    expect(body).not.toMatch(/^evil/m);
  });
});

describe("scrapes at the same time", () => {
  it("cost no more than one, and the next one sees what is new", async () => {
    const { gpus, metrics, numbers, samples } = setUp();
    gpus.publishGpus(goodGpu);
    const reads = vi.spyOn(gpus.registry, "list");
    await metrics.text();
    const readsOfOne = reads.mock.calls.length;
    reads.mockClear();
    await Promise.all(Array.from({ length: 50 }, () => metrics.text()));
    expect(reads.mock.calls.length).toBe(readsOfOne);
    numbers.watchers = 7;
    expect(await samples("gpu_health_watchers")).toEqual({ gpu_health_watchers: 7 });
  });
});

describe("the server itself", () => {
  it("shows its version, probes, watchers, lost log lines and unexpected errors", async () => {
    const { probeCounts, numbers, samples } = setUp();
    probeCounts.add("grpc_check", "serving");
    probeCounts.add("grpc_check", "serving");
    probeCounts.add("http_readyz", "not_serving");
    numbers.watchers = 3;
    numbers.droppedLogLines = 12;
    numbers.unexpectedErrors = 2;
    expect(await samples("gpu_health_build_info")).toEqual({
      [`gpu_health_build_info{version="1.2.3",node="${process.versions.node}"}`]: 1,
    });
    expect(await samples("gpu_health_probe_requests_total")).toEqual({
      'gpu_health_probe_requests_total{kind="grpc_check",result="serving"}': 2,
      'gpu_health_probe_requests_total{kind="http_readyz",result="not_serving"}': 1,
    });
    expect(await samples("gpu_health_watchers")).toEqual({ gpu_health_watchers: 3 });
    expect(await samples("gpu_health_alerts_firing")).toEqual({ 'gpu_health_alerts_firing{receiver="ops"}': 1 });
    expect(await samples("gpu_health_alerts_dropped_total")).toEqual({
      'gpu_health_alerts_dropped_total{receiver="ops"}': 5,
    });
    expect(await samples("gpu_health_alerts_last_attempt_successful")).toEqual({
      'gpu_health_alerts_last_attempt_successful{receiver="ops"}': 0,
    });
    expect(await samples("gpu_health_log_lines_dropped_total")).toEqual({ gpu_health_log_lines_dropped_total: 12 });
    expect(await samples("gpu_health_unexpected_errors_total")).toEqual({ gpu_health_unexpected_errors_total: 2 });
  });

  it("shows its process", async () => {
    const { samples } = setUp();
    const { process_resident_memory_bytes: residentBytes = 0 } = await samples("process_resident_memory_bytes");
    expect(residentBytes).toBeGreaterThan(10 * 2 ** 20);
    const { process_start_time_seconds: startedAtSeconds = 0 } = await samples("process_start_time_seconds");
    expect(Math.abs(Date.now() / 1000 - process.uptime() - startedAtSeconds)).toBeLessThan(5);
    const { process_open_fds: openDescriptors = 0 } = await samples("process_open_fds");
    expect(openDescriptors).toBeGreaterThan(3);
  });

  it("has a registry of its own", async () => {
    const [one, other] = [setUp(), setUp()];
    one.probeCounts.add("grpc_check", "serving");
    expect(await other.samples("gpu_health_probe_requests_total")).toEqual({});
  });
});
