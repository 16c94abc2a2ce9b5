import { remedies } from "./remedies.js";
import type { RowOf } from "./row.js";

/** Faults that are read from the GPU again and again. Each lasts as long as its signal, unless overridden. */
const rows = [
  {
    fault: "gpu_recovery_reset",
    severity: "fatal",
    sentence: "needs a reset, says the driver",
    remedy: remedies.reset,
    source: "NVML: recovery action 1, stop all work and reset the GPU",
  },
  {
    fault: "gpu_recovery_reboot",
    severity: "fatal",
    sentence: "needs a reboot of the node, says the driver",
    remedy: remedies.reboot,
    source: "NVML: recovery action 2, a reset is not enough",
  },
  {
    fault: "gpu_recovery_drain",
    severity: "degraded",
    sentence: "is to be drained, says the driver",
    remedy: "send no new work to the node, let what runs end, then reset the GPU",
    source: "NVML: recovery action 3. What runs may end, so degraded; raise it where new work must not start",
  },
  {
    fault: "gpu_recovery_drain_and_reset",
    severity: "degraded",
    sentence: "is to be drained and reset, says the driver",
    remedy: "send no new work to the node, let what runs end, then reset the GPU",
    source: "NVML: recovery action 4. It works with less than all of itself until then, so degraded",
  },
  {
    fault: "gpu_recovery_unknown",
    severity: "degraded",
    sentence: "needs something that this version does not know, says the driver",
    remedy: "run nvidia-smi --query and see «GPU Recovery Action»",
    source: "newer drivers add recovery actions; none of them means that all is well",
  },
  {
    fault: "gpu_ecc_uncorrected",
    severity: "degraded",
    sentence: "had uncorrectable memory errors since it was last reset",
    remedy: "restart what ran on it then, and reset the GPU when the node can be drained",
    source:
      "DCGM fails a GPU on any; from Ampere on the error is contained and the row replaced, and whether the GPU must " +
      "leave now is in its recovery action and its XIDs (48, 95), so degraded",
  },
  {
    fault: "gpu_row_remap_pending",
    severity: "degraded",
    sentence: "replaces a bad row of memory at its next reset",
    remedy: "drain the node at a good time and reset the GPU",
    source: "NVIDIA's memory error management: the page is out of use until the reset, which need not be now",
  },
  {
    fault: "gpu_row_remap_failed",
    severity: "fatal",
    sentence: "could not replace a bad row of memory",
    remedy: remedies.replace,
    source: "NVIDIA's memory error management: a reason to return the card; DCGM fails it",
  },
  {
    fault: "gpu_page_retirement_pending",
    severity: "degraded",
    sentence: "takes a bad page of memory out of use at its next reset",
    remedy: "drain the node at a good time and reset the GPU",
    source: "NVIDIA's page retirement: the page is in use until the reset; DCGM warns",
  },
  {
    fault: "gpu_shutdown_temperature",
    severity: "fatal",
    sentence: "is so hot that it is about to shut down",
    remedy: "stop the work on the GPU and check fans, air flow and cooling",
    source: "NVML: the threshold at which the card switches itself off",
  },
  {
    fault: "gpu_too_hot",
    severity: "degraded",
    sentence: "is so hot that it slows down",
    remedy: "check fans, air flow and cooling; send less work until it is cooler",
    source: "NVML: the slowdown threshold, a temperature or a margin; the GPU protects itself and goes on",
  },
  {
    fault: "gpu_memory_too_hot",
    severity: "degraded",
    sentence: "has memory that is hotter than it may be",
    remedy: "check fans, air flow and cooling; send less work until it is cooler",
    source: "NVML: the maximum operating temperature of the memory",
  },
  {
    fault: "gpu_clocks_hardware_slowdown",
    severity: "degraded",
    sentence: "is slowed down by its hardware",
    remedy: "check cooling and power supply (nvidia-smi --query --display=PERFORMANCE)",
    source: "NVML: clocks at half or less because of heat, the power brake or an overload",
  },
  {
    fault: "gpu_clocks_hardware_thermal",
    severity: "degraded",
    sentence: "is slowed down by its hardware because of heat",
    remedy: "check fans, air flow and cooling",
    source: "NVML: clocks at half or less because the temperature is too high",
  },
  {
    fault: "gpu_clocks_software_thermal",
    severity: "degraded",
    sentence: "is slowed down by the driver because of heat",
    remedy: "check fans, air flow and cooling",
    source: "NVML: GPU or memory is over its maximum operating temperature",
  },
  {
    fault: "gpu_clocks_power_brake",
    severity: "degraded",
    sentence: "is slowed down by the power brake from outside",
    remedy: "check the machine's power supplies and power cables",
    source: "NVML: clocks at half or less because the system asserts the power brake",
  },
  {
    fault: "gpu_pcie_link_width",
    severity: "degraded",
    sentence: "works hard and uses fewer PCIe lanes than it could",
    remedy: "reseat the card or its riser cable, and clean the slot's contacts",
    source: "NVML's maximum counts the slot in, so under load the width should reach it",
  },
  {
    fault: "gpu_pcie_link_generation",
    severity: "degraded",
    sentence: "works hard and has a slower PCIe link than it could",
    remedy: "reseat the card or its riser cable, and see the machine's firmware settings for PCIe",
    source: "an idle link slows down to save power, so only one under load is judged",
  },
  {
    fault: "gpu_pcie_replays",
    severity: "degraded",
    sentence: "repeats many transfers on its PCIe link",
    remedy: "reseat the card or its riser cable, and clean the slot's contacts",
    source: "DCGM: more than 8 replays a minute",
  },
  {
    fault: "gpu_nvlink_down",
    severity: "degraded",
    sentence: "lost an NVLink that was up before",
    remedy: remedies.links,
    source: "DCGM fails on a link that is down; one that was never up may not be wired, so only a loss is judged",
  },
  {
    fault: "gpu_nvlink_errors",
    severity: "degraded",
    sentence: "has errors on its NVLinks",
    remedy: remedies.links,
    source: "DCGM: any recovery; for replays the same rate as on PCIe, for CRC errors 100 a second",
  },
  {
    fault: "gpu_fabric_not_ready",
    severity: "degraded",
    sentence: "has not joined the NVLink fabric",
    remedy: "see whether nvidia-fabricmanager runs on the node; CUDA programs may fail to start until then",
    source:
      "CUDA fails to start where there are NVSwitches, and starts where there are none: the cuda check tells, so degraded",
  },
  {
    fault: "gpu_fabric_failed",
    severity: "fatal",
    sentence: "failed to join the NVLink fabric",
    remedy: "see the log of nvidia-fabricmanager; then drain the node and reset the GPU",
    source: "NVML: registration completed with an error, after which CUDA does not start",
  },
  {
    fault: "gpu_fabric_unhealthy",
    severity: "degraded",
    sentence: "has trouble on the NVLink fabric",
    remedy: "see the log of nvidia-fabricmanager and nvidia-smi --query under «Fabric»",
    source: "NVML's fabric health mask; work that stays on one GPU goes on",
  },
  {
    fault: "gpu_persistence_off",
    severity: "ignore",
    sentence: "has its persistence mode off",
    remedy: "run nvidia-persistenced, so that the driver stays initialised between programs",
    source: "costs time at the start of programs and nothing else; raise it where you rely on the mode",
  },
  {
    fault: "gpu_memory_orphaned",
    severity: "degraded",
    sentence: "has memory held by a process that no longer exists",
    remedy: "see what else has the GPU open (fuser -v /dev/nvidia*) and end it, or drain the node and reset the GPU",
    source: "operators' reports: only a reset frees it where nothing has the GPU open",
  },
  {
    fault: "gpu_memory_leak_suspected",
    severity: "degraded",
    mendedByRestart: true,
    sentence: "loses free memory steadily while the same processes run",
    remedy: "restart the process that grows, at a good time, before its next allocation fails",
    source: "a straight line through the free memory of a whole window; a warning, so degraded",
  },
] as const satisfies readonly Omit<RowOf<string>, "lasts">[];

/** The faults that detectors can find. */
export type SignalFault = (typeof rows)[number]["fault"];

export const signalRows: readonly RowOf<SignalFault>[] = rows.map((row) => ({ ...row, lasts: "signal" }));
