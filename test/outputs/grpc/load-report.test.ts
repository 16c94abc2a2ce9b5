import { describe, expect, it } from "vitest";
import type { CheckEntry } from "../../../src/core/component.js";
import { healthy, lost, present, type Readings, type Series, unsupported } from "../../../src/core/result.js";
import { nextCheckState } from "../../../src/core/transition.js";
import { type ApplicationLoad, type LoadReportSettings, loadReportOf } from "../../../src/outputs/grpc/load-report.js";

const mean: LoadReportSettings = { utilization: "mean" };

function entry(check: string, type: string, readings: Readings, series: Series = {}): CheckEntry {
  const result = { ...healthy("well", readings), series };
  return { check, type, state: nextCheckState(undefined, result, { failureThreshold: 1, successThreshold: 1 }, 0) };
}

const GiB = 2 ** 30;
const memory = (usedGiB: number, totalGiB: number): Readings => ({
  memoryUsedBytes: present(usedGiB * GiB),
  memoryTotalBytes: present(totalGiB * GiB),
  memoryFreeBytes: present((totalGiB - usedGiB) * GiB),
});
const gpu = (index: number, readings: Readings, check = "gpu"): CheckEntry => ({
  ...entry(check, "gpu", readings),
  subject: { name: `gpu/${index}`, aliases: [], labels: { gpu: `${index}` } },
});
const instance = (index: number, mig: string, readings: Readings): CheckEntry => ({
  ...entry("gpu", "gpu", readings),
  subject: { name: `gpu/${index}/mig/${mig}`, aliases: [], labels: { gpu: `${index}`, mig } },
});
const busy = (ratio: number): Readings => ({ gpuUtilizationRatio: present(ratio) });
const beat = (check: string, values: Readonly<Record<string, number>>): CheckEntry =>
  entry(
    check,
    "heartbeat",
    {},
    {
      reportedCount: Object.entries(values).map(([reading, value]) => ({ labels: { reading }, value })),
    },
  );

describe("the load of the GPUs", () => {
  const two = [gpu(0, { ...busy(0.2), ...memory(20, 80) }), gpu(1, { ...busy(0.8), ...memory(60, 80) })];

  it("is their mean, and the memory of all", () => {
    expect(loadReportOf(two, mean)).toEqual({
      applicationUtilization: 0.5,
      namedMetrics: {
        "gpu.utilization_ratio": 0.5,
        "gpu.busiest_utilization_ratio": 0.8,
        "gpu.memory_used_ratio": 0.5,
        "gpu.memory_free_bytes": 80 * GiB,
      },
    });
  });

  it("is that of the busiest, where that is asked for", () => {
    expect(loadReportOf(two, { utilization: "max" }).applicationUtilization).toBe(0.8);
  });

  it("is never said to be 0: load balancers take that for not known", () => {
    const report = loadReportOf([gpu(0, busy(0))], mean);
    expect(report).toEqual({
      applicationUtilization: 0.01,
      namedMetrics: { "gpu.utilization_ratio": 0, "gpu.busiest_utilization_ratio": 0 },
    });
  });

  it("says nothing of what cannot be read", () => {
    const unread = { gpuUtilizationRatio: unsupported, memoryUsedBytes: lost };
    expect(loadReportOf([gpu(0, unread)], mean)).toEqual({ namedMetrics: {} });
    expect(loadReportOf([], mean)).toEqual({ namedMetrics: {} });
    const onlyTotal = gpu(1, { memoryTotalBytes: present(80 * GiB), ...busy(0.4) });
    expect(loadReportOf([gpu(0, memory(20, 80)), onlyTotal], mean)).toMatchObject({
      applicationUtilization: 0.4,
      namedMetrics: { "gpu.memory_used_ratio": 0.25 },
    });
  });

  it("counts a GPU once that two checks look at", () => {
    const report = loadReportOf([gpu(0, busy(0.2)), gpu(0, busy(0.2), "other"), gpu(1, busy(0.8))], mean);
    expect(report.applicationUtilization).toBe(0.5);
  });

  it("counts MIG instances in place of the GPU that is split into them", () => {
    const split = [gpu(0, memory(50, 80)), instance(0, "1.0", memory(5, 20)), instance(0, "2.0", memory(5, 20))];
    expect(loadReportOf([...split, gpu(1, memory(10, 40))], mean).namedMetrics).toEqual({
      "gpu.memory_used_ratio": 0.25,
      "gpu.memory_free_bytes": 60 * GiB,
    });
  });
});

describe("the load that an application says", () => {
  it("comes from its heartbeats: what has a field of its own, and all else by the name of the check", () => {
    const beats = [
      beat("a", { requests_per_second: 3, errors_per_second: 1, application_utilization_ratio: 0.3, queue_length: 7 }),
      beat("b", { requests_per_second: 4, application_utilization_ratio: 0.6, queue_length: 8 }),
    ];
    expect(loadReportOf([gpu(0, busy(0.9)), ...beats], { ...mean, requestsPerSecond: 1 })).toEqual({
      applicationUtilization: 0.6,
      requestsPerSecond: 7,
      errorsPerSecond: 1,
      namedMetrics: {
        "a.queue_length": 7,
        "b.queue_length": 8,
        "gpu.utilization_ratio": 0.9,
        "gpu.busiest_utilization_ratio": 0.9,
      },
    });
  });

  it("is the configured rate of requests where no heartbeat says one", () => {
    const settings = { ...mean, requestsPerSecond: 1 };
    expect(loadReportOf([beat("a", { queue_length: 7 })], settings).requestsPerSecond).toBe(1);
  });

  it("is never said to be 0 either", () => {
    const idle = beat("a", { application_utilization_ratio: 0 });
    expect(loadReportOf([gpu(0, busy(0.9)), idle], mean).applicationUtilization).toBe(0.01);
    expect(loadReportOf([], mean, { applicationUtilization: 0 }).applicationUtilization).toBe(0.01);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1, undefined])("counts for nothing where it is %s", (nothing) => {
    const beats = [beat("a", { requests_per_second: 3, errors_per_second: -1, application_utilization_ratio: -1 })];
    const application = {
      applicationUtilization: nothing,
      requestsPerSecond: nothing,
      errorsPerSecond: nothing,
      namedMetrics: { sessions: 2, ratio: Number.NaN },
    } as ApplicationLoad;
    expect(loadReportOf([gpu(0, busy(0.9)), ...beats], mean, application)).toEqual({
      applicationUtilization: 0.9,
      requestsPerSecond: 3,
      namedMetrics: { sessions: 2, "gpu.utilization_ratio": 0.9, "gpu.busiest_utilization_ratio": 0.9 },
    });
  });

  it("comes first where it is said in the process", () => {
    const application = { applicationUtilization: 0.1, requestsPerSecond: 0, namedMetrics: { sessions: 2 } };
    expect(loadReportOf([gpu(0, busy(0.9)), beat("a", { requests_per_second: 3 })], mean, application)).toEqual({
      applicationUtilization: 0.1,
      requestsPerSecond: 0,
      namedMetrics: { sessions: 2, "gpu.utilization_ratio": 0.9, "gpu.busiest_utilization_ratio": 0.9 },
    });
  });
});
