import { assertNever } from "../../core/assert-never.js";
import { oneLine } from "../../core/one-line.js";
import { formatDuration } from "../../core/units.js";
import type { Result } from "../result.js";
import { codesOfDeviceFiles, meaningOfCuda } from "./cuda-codes.js";
import type { CudaReport, FailedCall, KernelRun } from "./cuda-report.js";

/** How the probe ended. */
export type ProbeEnding =
  | { readonly kind: "exited"; readonly status: number | null; readonly signal: string | null }
  | { readonly kind: "killed" };

/** One run of the probe. */
export interface ProbeRun {
  readonly report: CudaReport;
  readonly ending: ProbeEnding;
  readonly durationMs: number;
}

/** What a run says of the kernel on one GPU. `wait`: it says nothing, and why, as the end of a sentence. */
export type KernelAnswer =
  | { readonly kind: "verdict"; readonly result: Result; readonly durationMs?: number }
  | { readonly kind: "wait"; readonly why: string };

type Computed = NonNullable<KernelRun["computed"]>;

const afterHang = "see dmesg for NVRM and Xid lines; if it does not end by itself, drain the node and reboot it";

/** Why CUDA starts for nobody here; undefined where it does. */
export function judgeStart(run: ProbeRun): Result | undefined {
  const { report } = run;
  if (report.loadError !== undefined) return notLoaded(report.loadError);
  if (report.missingFunction !== undefined) {
    const message = `${report.libraryPath ?? "libcuda.so.1"} has no function ${report.missingFunction}`;
    return invalidLibrary(message);
  }
  if (report.failure !== undefined) return startFailed(report.failure, report);
  if (!report.isComplete && report.kernels.length === 0) return brokenOff(run, "CUDA does not start");
  if (report.devices.length === 0) {
    const { reason, remedy } = meaningOfCuda(100);
    return { status: "unhealthy", reason, message: "CUDA starts and shows no GPU", remedy, immediate: true };
  }
  return undefined;
}

/** What the run says of the kernel on a GPU, which a sentence calls `label`. */
export function judgeKernel(run: ProbeRun, uuid: string, label: string): KernelAnswer {
  const kernel = run.report.kernels.find((each) => each.uuid === uuid);
  if (kernel === undefined) return { kind: "wait", why: "it had no turn in this run" };
  if (kernel.failure !== undefined) return kernelFailed(kernel.failure, label);
  if (kernel.computed !== undefined) {
    const { durationMs } = kernel.computed;
    return { kind: "verdict", result: judgeComputed(kernel.computed, label), durationMs };
  }
  return { kind: "verdict", result: brokenOff(run, `${label} does not compute`) };
}

function judgeComputed({ words, wrongWords, durationMs }: Computed, label: string): Result {
  if (wrongWords === 0) {
    return {
      status: "healthy",
      reason: "ok",
      message: `a kernel computed the right result in ${formatDuration(durationMs)}`,
    };
  }
  return {
    status: "unhealthy",
    reason: "cuda_wrong_result",
    message: `${label} computes wrongly: a kernel's result has ${wrongWords} wrong words of ${words}`,
    remedy: "take the GPU out of service at once and have it replaced: it corrupts results without any error",
    immediate: true,
  };
}

function kernelFailed(failure: FailedCall, label: string): KernelAnswer {
  const { effect } = meaningOfCuda(failure.code);
  const given = `${failure.function} gives ${failure.name} (${failure.code})`;
  if (effect === "busy") return { kind: "wait", why: `it is taken or full: ${given}` };
  return { kind: "verdict", result: codeResult(failure.code, `${label} does not compute: ${given}`) };
}

function codeResult(code: number, message: string): Result {
  const { effect, reason, remedy } = meaningOfCuda(code);
  switch (effect) {
    case "fails":
      return { status: "unhealthy", reason, message, remedy, immediate: true };
    case "suspect":
      return { status: "unhealthy", reason, message, remedy };
    // CUDA did not start for want of memory, or the like: what runs already is not touched by that.
    case "busy":
    case "degrades":
      return { status: "degraded", reason, message, remedy };
    default:
      return assertNever(effect);
  }
}

function startFailed(failure: FailedCall, { deviceFiles, libraryPath }: CudaReport): Result {
  const library = libraryPath === undefined ? "" : ` (library ${libraryPath})`;
  const message = `CUDA does not start: ${failure.function} gives ${failure.name} (${failure.code})${library}`;
  const [file] = codesOfDeviceFiles.includes(failure.code) ? deviceFiles : [];
  if (file === undefined) return codeResult(failure.code, message);
  const files = deviceFiles.map(({ path, error }) => `${path}: ${error}`).join(", ");
  const isMissing = file.error === "ENOENT";
  return {
    status: "unhealthy",
    reason: isMissing ? "cuda_device_file_missing" : "cuda_device_file_denied",
    message: `${message}, and a device file cannot be opened (${files})`,
    remedy: isMissing
      ? "load nvidia_uvm on the node (nvidia-modprobe -u -c0); a container must be given /dev/nvidiactl and /dev/nvidia-uvm, as the NVIDIA Container Toolkit does"
      : "give this process access to the device file: its permissions, and the container's device cgroup",
    immediate: true,
  };
}

function notLoaded({ reason, message }: { reason: "not_found" | "invalid"; message: string }): Result {
  if (reason === "invalid") return invalidLibrary(message);
  return {
    status: "unhealthy",
    reason: "cuda_library_not_found",
    message: `CUDA's driver library was not found: ${oneLine(message, 300)}`,
    remedy:
      "install the NVIDIA driver's CUDA libraries; a container gets them with NVIDIA_DRIVER_CAPABILITIES=compute,utility (with utility alone it has NVML but no CUDA)",
    immediate: true,
  };
}

const invalidLibrary = (message: string): Result => ({
  status: "unhealthy",
  reason: "cuda_library_invalid",
  message: `CUDA's driver library cannot be used: ${oneLine(message, 300)}`,
  remedy: "see which libcuda.so.1 is found (ldconfig -p, LD_LIBRARY_PATH) and that it is the driver's",
  immediate: true,
});

/** The probe ended in the middle: it was killed at the deadline, or it crashed. */
function brokenOff({ report, ending, durationMs }: ProbeRun, what: string): Result {
  const call = report.callInFlight?.function;
  if (ending.kind === "killed") {
    const where = call === undefined ? "the program" : call;
    return {
      status: "unhealthy",
      reason: "cuda_stalled",
      message: `${what}: ${where} had not returned when the program was killed after ${formatDuration(durationMs)}`,
      remedy: afterHang,
    };
  }
  const said = oneLine(report.otherLines.join(" "), 300);
  const details = `${call === undefined ? "" : ` in ${call}`}${said === "" ? "" : `: ${said}`}`;
  if (ending.signal === null) {
    return {
      status: "unhealthy",
      reason: "cuda_probe_failed",
      message: `${what}: the program ended with exit status ${ending.status}${details}`,
      remedy: "run gpu_health_cuda_probe by hand",
    };
  }
  return {
    status: "unhealthy",
    reason: "cuda_crashed",
    message: `${what}: the program was ended by ${ending.signal}${details}`,
    remedy:
      ending.signal === "SIGKILL"
        ? "see dmesg for the out-of-memory killer: a CUDA context needs some hundred MiB of the container's memory limit"
        : "see dmesg for NVRM and Xid lines, and that libcuda.so.1 is of the kernel driver's version",
  };
}

/** A program of an earlier run that was killed and is not gone: the driver holds it. */
export function stillStuck(call: string, elapsedMs: number, what: string): Result {
  const since = formatDuration(elapsedMs);
  return {
    status: "unhealthy",
    reason: "cuda_stalled",
    message: `${what}: ${call} has not returned for ${since} and cannot be interrupted, so nothing is tried beside it`,
    remedy: afterHang,
    immediate: true,
  };
}
