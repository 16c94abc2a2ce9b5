import { z } from "zod";
import { compareStatus } from "../../core/status.js";
import type { GpuView } from "../../gpu/snapshot.js";
import { gpuSubject } from "../../gpu/subject.js";
import { type CheckContext, defineCheck } from "../check-type.js";
import { mapping, percent, size } from "../options.js";
import type { Answer, Check, Observation, Result } from "../result.js";
import { type GpuVerdict, judgeGpu, type KernelVerdict } from "./cuda-gpu.js";
import { builtProbe, probeAt, probeEnvironment, type RunProbe } from "./cuda-probe.js";
import { type StuckCall, StuckPrograms } from "./cuda-stuck.js";
import { judgeKernel, judgeStart, type KernelAnswer, type ProbeRun, stillStuck } from "./cuda-verdict.js";
import { reasonToWait } from "./cuda-wait.js";

const options = () =>
  mapping({
    mode: z
      .enum(["init", "kernel"])
      .default("init")
      .describe(
        "`init`: CUDA starts and shows the GPUs; no context, no GPU memory. `kernel`: a small computation on each GPU too, whose result is verified.",
      ),
    waitOverUtilization: percent()
      .prefault("50%")
      .describe("`kernel` leaves a GPU alone whose utilization is above this: busy is not dead."),
    waitUnderFreeMemory: size()
      .prefault("1GiB")
      .describe("`kernel` leaves a GPU alone that has less free memory than this. A context takes about half a GiB."),
  });

type Options = z.output<ReturnType<typeof options>>;

export const cuda = defineCheck<Options>({
  type: "cuda",
  summary:
    "CUDA starts in a new process and shows every GPU that NVML shows. A program of its own asks, in a child process, so that a driver that hangs or crashes never reaches the server.",
  reasons: ["cuda", "command_not_executable", "command_not_started"],
  options,
  schedule: { intervalMs: 60_000, timeoutMs: 10_000 },
  readings: {
    initSeconds: { metric: "cuda_init", unit: "seconds", help: "Time that CUDA took to start (cuInit)." },
    kernelSeconds: {
      metric: "cuda_kernel",
      unit: "seconds",
      help: "Time from making a context to the verified result and everything freed; absent while the GPU is left alone.",
    },
  },
  create: (given, context) => new CudaCheck(given, context, probeAt(builtProbe)),
});

/** A GPU to judge. */
interface Target {
  readonly uuid: string;
  readonly label: string;
  readonly gpu?: GpuView;
}

export class CudaCheck implements Check {
  private readonly verdicts = new Map<string, KernelVerdict>();
  private readonly stuck = new StuckPrograms();
  /** Where the last run broke off. It comes last in the next one, so that it hides no other GPU again. */
  private lastBroken: string | undefined;
  private hasWaitedForNvml = false;

  constructor(
    private readonly given: Options,
    private readonly context: CheckContext,
    private readonly runProbe: RunProbe,
  ) {}

  /** NVML names the GPUs, and knows which are busy: the first run is worth waiting for it. */
  subscribe(changed: () => void): () => void {
    const { gpus } = this.context;
    let isOver = gpus.library().phase !== "opening";
    return gpus.subscribe(() => {
      if (isOver || gpus.library().phase === "opening") return;
      isOver = true;
      changed();
    });
  }

  async run(signal: AbortSignal): Promise<Answer> {
    const { clock, gpus } = this.context;
    const library = gpus.library();
    if (library.phase === "opening" && !this.hasWaitedForNvml) {
      this.hasWaitedForNvml = true;
      return [];
    }
    const visible = library.phase === "ready" ? gpus.gpus().flatMap(targetOf) : [];
    const stuck = visible.length === 0 ? this.stuck.any() : this.stuck.inStart();
    if (stuck !== undefined) return onEach(visible, this.stillStuck(stuck, "CUDA does not start"));

    const waits = new Map(visible.map(({ uuid, gpu }) => [uuid, this.reasonToWait(uuid, gpu)]));
    const startedAtMs = clock.nowMs();
    const kernels = this.kernels(visible, waits);
    const outcome = await this.runProbe({ kernels, env: probeEnvironment(library) }, signal);
    const run: ProbeRun = { ...outcome, durationMs: clock.nowMs() - startedAtMs };
    if (!run.report.isComplete) this.lastBroken = run.report.callInFlight?.uuid ?? this.lastBroken;
    if (outcome.gone !== undefined) this.stuck.add(run.report, startedAtMs, outcome.gone);

    const failure = judgeStart(run);
    if (failure !== undefined) return onEach(visible, failure);
    return this.judge(run, visible, waits);
  }

  private reasonToWait(uuid: string, gpu: GpuView | undefined): string | undefined {
    if (this.stuck.onGpu(uuid) !== undefined) return "an earlier one is stuck";
    const { clock, gpuStallAfterMs } = this.context;
    if (gpu === undefined) return undefined;
    return reasonToWait(gpu, this.given, { nowMs: clock.nowMs(), stallAfterMs: gpuStallAfterMs });
  }

  /** The GPUs to run a kernel on, in order. Without NVML nothing tells which are busy, and all are tried. */
  private kernels(
    visible: readonly Target[],
    waits: ReadonlyMap<string, string | undefined>,
  ): readonly string[] | "all" {
    if (this.given.mode === "init") return [];
    if (visible.length === 0) return "all";
    const free = visible.map(({ uuid }) => uuid).filter((uuid) => waits.get(uuid) === undefined);
    return [...free.filter((uuid) => uuid !== this.lastBroken), ...free.filter((uuid) => uuid === this.lastBroken)];
  }

  private judge(run: ProbeRun, visible: readonly Target[], waits: ReadonlyMap<string, string | undefined>): Answer {
    const { devices } = run.report;
    const deviceOf = (uuid: string) => devices.find((device) => device.uuid === uuid);
    // One that CUDA_VISIBLE_DEVICES hides is not missed, nor is any beside a MIG instance, which CUDA shows alone.
    const isPartial = process.env.CUDA_VISIBLE_DEVICES !== undefined || devices.some(({ isMig }) => isMig);
    const targets = visible.filter(({ uuid }) => !isPartial || deviceOf(uuid) !== undefined);
    if (targets.length === 0)
      return worstOf(devices.map(({ uuid }) => this.judgeTarget(run, { uuid, label: uuid }, undefined)));
    return targets.map((target) => {
      const { result, observedAtMs } = this.judgeTarget(run, target, waits.get(target.uuid));
      return { ...subjectOf(target), result, ...(observedAtMs === undefined ? {} : { observedAtMs }) };
    });
  }

  private judgeTarget(run: ProbeRun, { uuid, label }: Target, wait: string | undefined): GpuVerdict {
    const stuck = this.stuck.onGpu(uuid);
    const isOld = stuck !== undefined && run.report.callInFlight?.uuid !== uuid;
    if (isOld) return { result: this.stillStuck(stuck, `${label} does not compute`) };
    const kernel = this.given.mode === "init" ? undefined : answerOf(run, uuid, label, wait);
    const device = run.report.devices.find((each) => each.uuid === uuid);
    const last = this.verdicts.get(uuid);
    const verdict = judgeGpu(device, { report: run.report, label, kernel, last, nowMs: this.context.clock.nowMs() });
    if (verdict.kernel !== undefined) this.verdicts.set(uuid, verdict.kernel);
    return verdict;
  }

  private stillStuck(call: StuckCall, what: string): Result {
    return stillStuck(call.function, this.context.clock.nowMs() - call.sinceMs, what);
  }
}

const answerOf = (run: ProbeRun, uuid: string, label: string, wait: string | undefined): KernelAnswer =>
  wait === undefined ? judgeKernel(run, uuid, label) : { kind: "wait", why: wait };

const targetOf = (gpu: GpuView): Target[] =>
  gpu.uuid.ok ? [{ uuid: gpu.uuid.value, label: `gpu/${gpu.index}`, gpu }] : [];

const subjectOf = ({ gpu }: Target): Pick<Observation, "subject"> =>
  gpu === undefined ? {} : { subject: gpuSubject(gpu) };

const onEach = (targets: readonly Target[], result: Result): Answer =>
  targets.length === 0 ? result : targets.map((target) => ({ ...subjectOf(target), result }));

/** One result for GPUs that NVML does not name. */
function worstOf(verdicts: readonly GpuVerdict[]): Answer {
  const [first, ...rest] = verdicts.map(({ result }) => result);
  if (first === undefined) return [];
  const worst = rest.reduce((a, b) => (compareStatus(b.status, a.status) > 0 ? b : a), first);
  return rest.length === 0 ? worst : { ...worst, message: `${worst.message} (the worst of ${verdicts.length} GPUs)` };
}
