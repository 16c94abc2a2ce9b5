import { beforeEach, describe, expect, it } from "vitest";
import type { Result } from "../../../src/core/result.js";
import { verdictOf } from "../../../src/outputs/kubernetes/verdict.js";
import { GpuRegistry, goodGpu, gpuSubject, lowMemory } from "../../support/gpu-registry.js";
import { xid } from "./harness.js";

const tooHot: Result = {
  status: "degraded",
  reason: "gpu_too_hot",
  message: "gpu/1 is so hot that it slows down.",
  remedy: "check fans, air flow and cooling",
};

describe("verdictOf", () => {
  let gpus: GpuRegistry;
  beforeEach(() => {
    gpus = new GpuRegistry();
  });
  const verdict = (isSimulated = false) => verdictOf(gpus.registry, isSimulated);

  it("knows nothing before the GPUs have answered", () => {
    expect(verdict()).toMatchObject({ status: "Unknown", reason: "GpusNotReadYet", fatal: { kind: "unseen" } });
  });

  it("says where nobody looks at GPUs", () => {
    gpus.registry.define([]);
    expect(verdict()).toMatchObject({ status: "Unknown", reason: "NoGpuCheck" });
  });

  it("says that one GPU is well", () => {
    gpus.publishGpus(goodGpu);
    expect(verdict()).toMatchObject({ status: "True", message: "the GPU answers and has no fault" });
  });

  it("is True with the reason while GPUs are degraded", () => {
    gpus.publishGpus(goodGpu, tooHot);
    expect(verdict()).toEqual({
      status: "True",
      reason: "GpuTooHot",
      message:
        "degraded: gpu/1 is so hot that it slows down [GPU-00000001]. What to do: check fans, air flow and cooling.",
      fatal: { kind: "absent" },
      key: "gpu on gpu/1 gpu_too_hot degraded",
    });
  });

  it("names the fatal fault first, then what else is unhealthy, then what is degraded", () => {
    gpus.publishGpus(lowMemory, tooHot, xid(79, 2));
    expect(verdict()).toMatchObject({ reason: "Xid79", fatal: { kind: "present", fault: "xid_79" } });
    expect(verdict().message).toMatch(/gpu\/2 fell.*0\.3 GiB free.*degraded: gpu\/1/);
    expect(verdict().key).toBe(
      "gpu on gpu/2 xid_79 fatal, gpu on gpu/0 insufficient_gpu_memory unhealthy, gpu on gpu/1 gpu_too_hot degraded",
    );
  });

  it("names the fault first that a new process would not hear of again", () => {
    gpus.publishGpus({ ...xid(79), reason: "gpu_lost" }, xid(95, 1));
    expect(verdict()).toMatchObject({ reason: "Xid95", fatal: { kind: "present", fault: "xid_95" } });
  });

  it("does not take a driver that is gone for the end of a fault", () => {
    const failed: Result = {
      status: "unhealthy",
      reason: "nvml_init_failed",
      message: "nvmlInit gave 9",
      immediate: true,
    };
    gpus.publish("gpu", failed);
    expect(verdict()).toMatchObject({ status: "False", reason: "NvmlInitFailed", fatal: { kind: "unseen" } });
  });

  it("counts another check that looks at single GPUs, and none that looks at something else", () => {
    gpus.publishGpus(goodGpu);
    gpus.publish("cache", { status: "unhealthy", reason: "connection_refused", message: "no cache" });
    expect(verdict().status).toBe("True");
    gpus.publish("cuda", { ...xid(79), reason: "cuda_crashed" }, gpuSubject(0));
    expect(verdict()).toMatchObject({ status: "False", reason: "CudaCrashed" });
  });

  it("says that the GPUs are simulated", () => {
    gpus.publishGpus(goodGpu);
    expect(verdict(true).message).toBe("simulated GPUs: the GPU answers and has no fault");
  });

  it("keeps its message short enough for an Event, without cutting a character in two", () => {
    gpus.publishGpus({ ...xid(79), message: `gpu/0 ${"é".repeat(2000)}` });
    const { message } = verdict();
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(1024);
    expect(message).toMatch(/é…$/);
  });
});
