import type { ReasonIn } from "../core/reason.js";
import type { ReturnCode } from "./nvml-reading.js";
import type { nvmlReasons } from "./reasons.js";

/** What an NVML return code means for readiness. `absent`: the card or the driver does not have this value; no fault. */
export type CodeMeaning = CodeFault | { readonly effect: "absent" };

export interface CodeFault {
  /**
   * `fails`: unhealthy at once. `suspect`: unhealthy once it repeats (the check's `failureThreshold`). `degrades`: still
   * takes traffic.
   */
  readonly effect: "fails" | "suspect" | "degrades";
  readonly reason: ReasonIn<typeof nvmlReasons>;
  /** The end of a sentence that begins with the GPU's name. */
  readonly sentence: string;
  readonly remedy: string;
}

const absent: CodeMeaning = { effect: "absent" };

const reboot = "drain the node and reboot it; if the fault comes back, have the card replaced";

export const lostGpu: CodeFault = {
  effect: "fails",
  reason: "gpu_lost",
  sentence: "is lost: it has fallen off the bus or is otherwise inaccessible",
  remedy: reboot,
};

/** By NVML's numbers (nvmlReturn_t). What each does to readiness follows the vendor's description of the code. */
const meanings: Readonly<Record<number, CodeMeaning>> = {
  3: absent,
  4: {
    effect: "fails",
    reason: "gpu_no_permission",
    sentence: "may not be read by this process",
    remedy: "give the process access to the device (container runtime, NVIDIA_VISIBLE_DEVICES, device cgroup)",
  },
  8: {
    effect: "fails",
    reason: "gpu_insufficient_power",
    sentence: "has its external power cables not connected properly",
    remedy: "check the card's power cables",
  },
  9: {
    effect: "fails",
    reason: "nvidia_driver_not_loaded",
    sentence: "cannot be read: the NVIDIA kernel driver is not loaded",
    remedy: "load the driver (modprobe nvidia) and see dmesg for why it is not there",
  },
  10: {
    effect: "suspect",
    reason: "nvml_timeout",
    sentence: "did not answer the driver in time",
    remedy: "see dmesg for NVRM lines; if it repeats, drain the node and reset the GPU",
  },
  11: {
    effect: "fails",
    reason: "gpu_interrupt_issue",
    sentence: "has an interrupt problem, says the kernel driver",
    remedy: "see dmesg for NVRM lines and check the machine's firmware settings for interrupts",
  },
  12: {
    effect: "fails",
    reason: "nvml_library_not_found",
    sentence: "cannot be read: NVML misses a library of the driver",
    remedy: "install the driver's libraries in the version of the kernel driver",
  },
  13: absent,
  14: {
    effect: "degrades",
    reason: "gpu_corrupted_inforom",
    sentence: "has a corrupted infoROM",
    remedy: "plan to have the card replaced; nvidia-smi shows the warning too",
  },
  15: lostGpu,
  16: {
    effect: "fails",
    reason: "gpu_reset_required",
    sentence: "needs a reset before it can be used again",
    remedy: "drain the node and reset the GPU (nvidia-smi --gpu-reset)",
  },
  17: {
    effect: "fails",
    reason: "gpu_blocked_by_operating_system",
    sentence: "is blocked by the operating system or its control groups",
    remedy: "allow the device files /dev/nvidia* in the container's device cgroup",
  },
  18: {
    effect: "fails",
    reason: "nvidia_version_mismatch",
    sentence: "cannot be read: library and kernel driver have different versions",
    remedy: "finish the driver upgrade: reload the kernel modules or reboot",
  },
  25: absent,
  26: absent,
  27: {
    effect: "fails",
    reason: "gpu_not_ready",
    sentence: "is not ready yet",
    remedy: "wait until it has started; if it stays so, see dmesg for NVRM lines",
  },
  28: { effect: "fails", reason: "gpu_not_found", sentence: "is no longer there", remedy: reboot },
};

/** Codes without a row, NVML_ERROR_UNKNOWN (999) among them: carried with their number, believed when they repeat. */
const unknownMeaning: CodeMeaning = {
  effect: "suspect",
  reason: "nvml_error",
  sentence: "gave an error that NVML does not explain",
  remedy: "see dmesg for NVRM lines; if it repeats, drain the node and reset the GPU",
};

export const meaningOf = ({ code }: ReturnCode): CodeMeaning => meanings[code] ?? unknownMeaning;
