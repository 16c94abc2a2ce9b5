import { healthy, present, type Readings } from "../../core/result.js";
import { formatDuration } from "../../core/units.js";
import type { Result } from "../result.js";
import type { CudaDevice, CudaReport } from "./cuda-report.js";
import type { KernelAnswer } from "./cuda-verdict.js";

/** What a kernel said of a GPU last, and when. */
export interface KernelVerdict {
  readonly result: Result;
  /** On the monotonic clock, in milliseconds. */
  readonly atMs: number;
}

export interface GpuContext {
  readonly report: CudaReport;
  /** What a sentence calls the GPU. */
  readonly label: string;
  /** Undefined in mode init, which runs no kernel. */
  readonly kernel: KernelAnswer | undefined;
  /** From an earlier run. */
  readonly last: KernelVerdict | undefined;
  readonly nowMs: number;
}

/** A verdict on one GPU. `kernel`: what to remember of it. */
export interface GpuVerdict {
  readonly result: Result;
  /** When the evidence was taken; undefined: in this run. */
  readonly observedAtMs?: number;
  readonly kernel?: KernelVerdict;
}

/** CUcomputemode: nobody may make a context. */
const computeModeProhibited = 2;

/** The verdict on a GPU that NVML shows, where CUDA starts. `device`: undefined where CUDA does not show it. */
export function judgeGpu(device: CudaDevice | undefined, context: GpuContext): GpuVerdict {
  const { label, kernel, nowMs } = context;
  if (device === undefined) return { result: notShown(label) };
  if (device.computeMode === computeModeProhibited) return { result: prohibited(label) };
  if (kernel === undefined) return { result: healthy(starts(context), readingsOf(context)) };
  if (kernel.kind === "wait") return waiting(kernel.why, context);
  const { result } = kernel;
  const verdict: KernelVerdict = { result, atMs: nowMs };
  if (result.status !== "healthy") return { result, kernel: verdict };
  return { result: healthy(`${starts(context)}; ${result.message}`, readingsOf(context)), kernel: verdict };
}

/**
 * Busy is not dead. A kernel's last verdict holds until another kernel has run: a bad one is not forgotten for the GPU
 * being busy. Without any, what is known is said: CUDA starts and shows the GPU, and the GPU is at work.
 */
function waiting(why: string, context: GpuContext): GpuVerdict {
  const { last, nowMs } = context;
  if (last === undefined) {
    return { result: healthy(`${starts(context)}; no kernel was run yet: ${why}`, readingsOf(context)) };
  }
  const ago = `${formatDuration(nowMs - last.atMs, 0)} ago`;
  if (last.result.status === "healthy") {
    const message = `${starts(context)}; ${last.result.message} ${ago}, none was run since: ${why}`;
    return { result: healthy(message, readingsOf(context)), observedAtMs: last.atMs };
  }
  const message = `${last.result.message} (${ago}; not tried again since: ${why})`;
  return { result: { ...last.result, message }, observedAtMs: last.atMs };
}

function starts({ label, report }: GpuContext): string {
  const version = report.driverVersion ?? 0;
  return `CUDA ${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)} starts and shows ${label}`;
}

function readingsOf({ report, kernel }: GpuContext): Readings {
  const inits = report.initDurationMs === undefined ? {} : { initSeconds: present(report.initDurationMs / 1000) };
  return kernel?.kind === "verdict" && kernel.durationMs !== undefined
    ? { ...inits, kernelSeconds: present(kernel.durationMs / 1000) }
    : inits;
}

const notShown = (label: string): Result => ({
  status: "unhealthy",
  reason: "cuda_gpu_missing",
  message: `NVML shows ${label} and CUDA does not`,
  remedy:
    "see whether the container has the GPU's device file, whether MIG is on without an instance, and dmesg; set CUDA_VISIBLE_DEVICES for this server where only some GPUs are meant",
});

const prohibited = (label: string): Result => ({
  status: "unhealthy",
  reason: "cuda_compute_prohibited",
  message: `${label} is in compute mode «prohibited»: no CUDA program can use it`,
  remedy: "set it to the default mode (nvidia-smi --compute-mode 0)",
  immediate: true,
});
