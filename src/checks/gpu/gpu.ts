import { z } from "zod";
import type { Subject } from "../../core/result.js";
import { formatDuration } from "../../core/units.js";
import { devicesMissing, missingOf } from "../../gpu/expectation.js";
import type { BrokenSince, GpuLimits } from "../../gpu/limits.js";
import { type Judgement, judge, judgeInstance, type PolicyContext } from "../../gpu/policy.js";
import { gpuReadings } from "../../gpu/readings/measured.js";
import type { GpuView, LibraryState } from "../../gpu/snapshot.js";
import type { TrackedGpu } from "../../gpu/source.js";
import { gpuSubject, migSubject } from "../../gpu/subject.js";
import { type CheckContext, defineCheck } from "../check-type.js";
import { amount, mapping, percent, sustained } from "../options.js";
import type { Answer, Check, Observation, Result } from "../result.js";

const options = () =>
  mapping({
    devices: z
      .union([z.literal("all"), z.array(z.union([z.int().min(0), z.string().startsWith("GPU-")])).min(1)], {
        error: "expected `all`, or a list of GPU indices and UUIDs such as [0, GPU-5f1c…]",
      })
      .default("all")
      .describe("The GPUs to judge: `all` that are visible, or a list of indices and UUIDs."),
    expect: mapping({
      count: z.int().min(1).optional().describe("That many GPUs at least."),
      uuids: z
        .array(z.string().regex(/^(GPU|MIG)-/, "expected the UUID of a GPU or MIG instance, such as GPU-5f1c…"))
        .min(1)
        .optional()
        .describe("These GPUs or MIG instances; there may be others."),
    })
      .optional()
      .describe(
        "The GPUs that there must be: one that is missing or gets lost makes what depends on the check `gpu_missing`, with its name.",
      ),
    minFreeMemory: sustained(amount())
      .optional()
      .describe("Free memory that each GPU must have, in bytes or as a share of its total."),
    maxMemoryUsed: sustained(percent()).optional().describe("Used share of a GPU's memory at most."),
    maxGpuUtilization: sustained(percent())
      .optional()
      .describe("Share of time in which kernels run, at most. Busy is not broken: give it a long `for`."),
    maxMemoryUtilization: sustained(percent())
      .optional()
      .describe("Share of time in which GPU memory is read or written, at most."),
  });

type Options = z.output<ReturnType<typeof options>>;

export const gpu = defineCheck<Options>({
  type: "gpu",
  summary: "Every selected GPU answers NVML, has no fault and keeps its limits. Each GPU is a component of its own.",
  reasons: ["gpus", "nvml"],
  options,
  // Runs on every new snapshot as well; the interval finds the driver that stopped giving any.
  schedule: { intervalMs: 1000, timeoutMs: 1000, jitter: 0, failureThreshold: 2, successThreshold: 1 },
  readings: gpuReadings,
  create: (given, context) => new GpuCheck(given, context),
});

class GpuCheck implements Check {
  private readonly limits: GpuLimits;
  /** By the subject's name. */
  private readonly brokenSince = new Map<string, BrokenSince>();

  constructor(
    private readonly given: Options,
    private readonly context: CheckContext,
  ) {
    this.limits = given;
  }

  subscribe(changed: () => void): () => void {
    return this.context.gpus.subscribe(changed);
  }

  run(): Answer {
    const library = this.context.gpus.library();
    return library.phase === "ready" ? this.judgeGpus() : this.withoutGpus(library);
  }

  private judgeGpus(): Answer {
    const visible = this.context.gpus.gpus();
    const { devices, expect = {} } = this.given;
    const missing = missingOf(expect, visible);
    if (visible.length === 0) return missing ?? noGpuVisible;
    const selected = devices === "all" ? visible : visible.filter((each) => devices.some((id) => isNamed(each, id)));
    const unknown = devices === "all" ? [] : devices.filter((id) => !visible.some((each) => isNamed(each, id)));
    const incomplete = missing ?? (unknown.length > 0 ? devicesMissing(unknown, visible) : undefined);
    // First, since of faults that are as bad the first gives the reason: what was named says which GPU is missing, and
    // the GPU's own component what it has.
    const observations: Observation[] = incomplete === undefined ? [] : [{ result: incomplete }];
    for (const each of selected) {
      const ofGpu = [
        this.observe(each, gpuSubject(each), (context) => judge(each, context)),
        ...each.migInstances.map((instance) =>
          this.observe(each, migSubject(each, instance), (context) => judgeInstance(each, instance, context)),
        ),
      ];
      for (const observation of ofGpu) {
        // Nothing is known of the whole until each GPU has answered once.
        if (observation === undefined) return [];
        observations.push(observation);
      }
    }
    return observations;
  }

  private observe(
    { snapshot, handleError }: TrackedGpu,
    subject: Subject,
    judgeWith: (context: PolicyContext) => Judgement | undefined,
  ): Observation | undefined {
    const judgement = judgeWith({
      limits: this.limits,
      library: this.context.gpus.library(),
      stallAfterMs: this.context.gpuStallAfterMs,
      brokenSince: this.brokenSince.get(subject.name) ?? {},
      nowMs: this.context.clock.nowMs(),
    });
    if (judgement === undefined) return undefined;
    this.brokenSince.set(subject.name, judgement.brokenSince);
    const { result } = judgement;
    // Without a handle the snapshot is one from before: each look counts, since no newer one will come to be counted.
    if (snapshot === undefined || handleError !== undefined) return { subject, result };
    return { subject, result, observedAtMs: snapshot.sampledAtMs };
  }

  private withoutGpus(library: Exclude<LibraryState, { phase: "ready" }>): Answer {
    switch (library.phase) {
      case "off":
        return {
          status: "unhealthy",
          reason: "gpu_mode_off",
          message: "this check needs GPUs, and gpu.mode is off",
          remedy: "set gpu.mode to auto or required, or leave the check out",
          immediate: true,
        };
      case "failed": {
        const { reason, message, remedy } = library;
        return { status: "unhealthy", reason, message, remedy, immediate: true };
      }
      case "opening":
        return this.whileOpening(library.call);
    }
  }

  private whileOpening(call: GpuView["call"]): Answer {
    const elapsedMs = call === undefined ? 0 : this.context.clock.nowMs() - call.startedAtMs;
    if (call === undefined || elapsedMs < this.context.gpuStallAfterMs) return [];
    return {
      status: "unhealthy",
      reason: "nvml_stalled",
      message: `${call.function} has not returned for ${formatDuration(elapsedMs)}: the driver hangs`,
      remedy: "see dmesg for NVRM and Xid lines; if it does not return by itself, drain the node and reboot it",
      immediate: true,
    };
  }
}

const isNamed = (gpuView: GpuView, id: number | string): boolean =>
  typeof id === "number" ? gpuView.index === id : gpuView.uuid.ok && gpuView.uuid.value === id;

const noGpuVisible: Result = {
  status: "unhealthy",
  reason: "no_gpu_visible",
  message: "NVML works and shows no GPU",
  remedy: "see nvidia-smi; in a container, request GPUs (nvidia.com/gpu, NVIDIA_VISIBLE_DEVICES)",
};
