import { present, type Reading, type ReadingDeclaration, type Readings } from "../../core/result.js";
import type { GpuInspection } from "../inspection.js";
import { oncePerObject } from "../once-per-object.js";
import { flag, numberOf, same } from "./reading.js";

/** A plain number without a unit. */
const gauge = (metric: string, help: string) => ({ metric, unit: "count", help }) as const satisfies ReadingDeclaration;
const counter = (metric: string, help: string) => ({ ...gauge(metric, help), kind: "counter" }) as const;
const limit = (metric: string, help: string) =>
  ({ metric, unit: "celsius", help }) as const satisfies ReadingDeclaration;

const reset = "since the driver was loaded or the GPU was reset";

/** What each inspection has, in base units. */
export const inspectionReadings = {
  shutdownCelsius: limit("gpu_shutdown_temperature", "Temperature at which the card switches itself off."),
  slowdownCelsius: limit("gpu_slowdown_temperature", "Temperature at which the GPU slows down."),
  memoryMaxCelsius: limit("gpu_memory_max_temperature", "Highest temperature for the memory to work at."),
  gpuMaxCelsius: limit("gpu_max_temperature", "Highest temperature for the GPU to work at."),
  shutdownMarginCelsius: limit("gpu_shutdown_temperature_margin", "Margin at which the card switches itself off."),
  slowdownMarginCelsius: limit("gpu_slowdown_temperature_margin", "Margin at which the GPU slows down."),
  persistenceMode: gauge("gpu_persistence_mode", "1 while the driver stays initialised between programs, otherwise 0."),
  eccEnabled: gauge("gpu_ecc_enabled", "1 while ECC is on, otherwise 0."),
  eccPending: gauge("gpu_ecc_pending", "1 where ECC is on after the next reset, otherwise 0."),
  eccVolatileCorrected: counter("gpu_ecc_volatile_corrected_errors", `Memory errors that ECC corrected, ${reset}.`),
  eccVolatileUncorrected: counter(
    "gpu_ecc_volatile_uncorrected_errors",
    `Memory errors that ECC could not correct, ${reset}.`,
  ),
  eccAggregateCorrected: counter(
    "gpu_ecc_aggregate_corrected_errors",
    "Memory errors that ECC corrected in the card's life.",
  ),
  eccAggregateUncorrected: counter(
    "gpu_ecc_aggregate_uncorrected_errors",
    "Memory errors that ECC could not correct in the card's life.",
  ),
  remappedRowsCorrectable: counter(
    "gpu_correctable_remapped_rows",
    "Rows of memory that were replaced because of correctable errors.",
  ),
  remappedRowsUncorrectable: counter(
    "gpu_uncorrectable_remapped_rows",
    "Rows of memory that were replaced because of uncorrectable errors.",
  ),
  rowRemapPending: gauge("gpu_row_remap_pending", "1 while the replacement of a row waits for a reset, otherwise 0."),
  rowRemapFailed: gauge("gpu_row_remap_failed", "1 where a row could not be replaced, otherwise 0."),
  retiredPagesSingleBit: counter(
    "gpu_retired_pages_single_bit",
    "Pages of memory taken out of use because of single-bit errors.",
  ),
  retiredPagesDoubleBit: counter(
    "gpu_retired_pages_double_bit",
    "Pages of memory taken out of use because of double-bit errors.",
  ),
  retiredPagesPending: gauge("gpu_page_retirement_pending", "1 while a page waits for a reset to be taken out of use."),
  recoveryAction: gauge(
    "gpu_recovery_action",
    "What the driver asks for: 0 none, 1 reset, 2 reboot, 3 drain, 4 drain and reset; newer drivers have more.",
  ),
  pcieReplays: counter("gpu_pcie_replays", "Transfers on the PCIe link that were repeated."),
  pcieLinkGeneration: gauge("gpu_pcie_link_generation", "Generation of PCIe in use; lower while the GPU is idle."),
  pcieMaxLinkGeneration: gauge("gpu_pcie_max_link_generation", "Generation of PCIe that card and slot can do."),
  pcieLinkWidth: gauge("gpu_pcie_link_width", "PCIe lanes in use."),
  pcieMaxLinkWidth: gauge("gpu_pcie_max_link_width", "PCIe lanes that card and slot can do."),
  fabricState: gauge(
    "gpu_fabric_state",
    "Registration with the NVLink fabric: 0 not supported, 1 not started, 2 in progress, 3 completed.",
  ),
  fabricHealthMask: gauge("gpu_fabric_health_mask", "NVML's health mask of the NVLink fabric."),
  migEnabled: gauge("gpu_mig_enabled", "1 while the GPU can be shared out in MIG instances, otherwise 0."),
  inspectionDurationSeconds: {
    metric: "gpu_inspection_duration",
    unit: "seconds",
    help: "Time that the NVML calls of the newest inspection took together.",
  },
} satisfies Record<string, ReadingDeclaration>;

/** Worked out once for each inspection, since many snapshots go with one. */
export const inspectionReadingsOf = oncePerObject((inspection: GpuInspection): Readings => {
  const { remappedRows, fabric } = inspection;
  return {
    shutdownCelsius: same(inspection.shutdownCelsius),
    slowdownCelsius: same(inspection.slowdownCelsius),
    memoryMaxCelsius: same(inspection.memoryMaxCelsius),
    gpuMaxCelsius: same(inspection.gpuMaxCelsius),
    shutdownMarginCelsius: same(inspection.shutdownMarginCelsius),
    slowdownMarginCelsius: same(inspection.slowdownMarginCelsius),
    persistenceMode: flag(inspection.persistenceMode),
    eccEnabled: flag(inspection.eccEnabled),
    eccPending: flag(inspection.eccPending),
    eccVolatileCorrected: same(inspection.eccVolatileCorrected),
    eccVolatileUncorrected: same(inspection.eccVolatileUncorrected),
    eccAggregateCorrected: same(inspection.eccAggregateCorrected),
    eccAggregateUncorrected: same(inspection.eccAggregateUncorrected),
    remappedRowsCorrectable: numberOf(remappedRows, ({ correctable }) => correctable),
    remappedRowsUncorrectable: numberOf(remappedRows, ({ uncorrectable }) => uncorrectable),
    rowRemapPending: numberOf(remappedRows, ({ isPending }) => Number(isPending)),
    rowRemapFailed: numberOf(remappedRows, ({ hasFailed }) => Number(hasFailed)),
    retiredPagesSingleBit: same(inspection.retiredPagesSingleBit),
    retiredPagesDoubleBit: same(inspection.retiredPagesDoubleBit),
    retiredPagesPending: flag(inspection.retiredPagesPending),
    recoveryAction: same(inspection.recoveryAction),
    pcieReplays: same(inspection.pcieReplayCount),
    pcieLinkGeneration: same(inspection.pcieLinkGeneration),
    pcieMaxLinkGeneration: same(inspection.pcieMaxLinkGeneration),
    pcieLinkWidth: same(inspection.pcieLinkWidth),
    pcieMaxLinkWidth: same(inspection.pcieMaxLinkWidth),
    fabricState: numberOf(fabric, ({ state }) => state),
    fabricHealthMask: numberOf(fabric, ({ healthMask }) => healthMask),
    migEnabled: flag(inspection.migEnabled),
    inspectionDurationSeconds: present(inspection.durationMs / 1000),
  } satisfies Record<keyof typeof inspectionReadings, Reading<number>>;
});
