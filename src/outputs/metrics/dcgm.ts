import type { Registry as PromRegistry } from "prom-client";
import type { CheckEntry } from "../../core/component.js";
import type { Registry } from "../../core/registry.js";
import { collectCounter, collectGauge, type Labels, type Sample } from "./collected.js";

/** A counter of dcgm-exporter's default set, in its unit, and the reading of ours that it is. */
interface DcgmField {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  /** The name of the reading in the results of checks on GPUs. */
  readonly reading: string;
  /** Of DCGM's units in one of the reading's; 1 where it is left out. */
  readonly factor?: number;
}

const mebibytes = 1 / 2 ** 20;
const megahertz = 1e-6;
const percent = 100;

/** What of dcgm-exporter's default set is known here, with its names, types and units. */
export const dcgmFields: readonly DcgmField[] = [
  field("DCGM_FI_DEV_SM_CLOCK", "gauge", "SM clock in MHz.", "smClockHertz", megahertz),
  field("DCGM_FI_DEV_MEM_CLOCK", "gauge", "Memory clock in MHz.", "memoryClockHertz", megahertz),
  field("DCGM_FI_DEV_MEMORY_TEMP", "gauge", "Memory temperature in °C.", "memoryTemperatureCelsius"),
  field("DCGM_FI_DEV_GPU_TEMP", "gauge", "GPU temperature in °C.", "temperatureCelsius"),
  field("DCGM_FI_DEV_POWER_USAGE", "gauge", "Power drawn in W.", "powerWatts"),
  field("DCGM_FI_DEV_PCIE_REPLAY_COUNTER", "counter", "PCIe transfers that were repeated.", "pcieReplays"),
  field("DCGM_FI_DEV_GPU_UTIL", "gauge", "GPU utilization in %.", "gpuUtilizationRatio", percent),
  field("DCGM_FI_DEV_MEM_COPY_UTIL", "gauge", "Memory utilization in %.", "memoryUtilizationRatio", percent),
  field("DCGM_FI_DEV_XID_ERRORS", "gauge", "Newest XID; 0 while there was none.", "lastXid"),
  field("DCGM_FI_DEV_FB_FREE", "gauge", "Free framebuffer memory in MiB.", "memoryFreeBytes", mebibytes),
  field("DCGM_FI_DEV_FB_USED", "gauge", "Used framebuffer memory in MiB.", "memoryUsedBytes", mebibytes),
  field("DCGM_FI_DEV_FB_RESERVED", "gauge", "Reserved framebuffer memory in MiB.", "memoryReservedBytes", mebibytes),
  field(
    "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS",
    "counter",
    "Rows replaced because of uncorrectable errors.",
    "remappedRowsUncorrectable",
  ),
  field(
    "DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS",
    "counter",
    "Rows replaced because of correctable errors.",
    "remappedRowsCorrectable",
  ),
  field("DCGM_FI_DEV_ROW_REMAP_FAILURE", "gauge", "1 where a row could not be replaced.", "rowRemapFailed"),
];

function field(name: string, type: DcgmField["type"], help: string, reading: string, factor = 1): DcgmField {
  return { name, type, help, reading, factor };
}

export interface DcgmOptions {
  readonly hostname: string;
  readonly simulated: () => boolean;
}

/** dcgm-exporter's names beside ours, so that dashboards and alerts that were made for it work as they are. */
export function collectDcgm(register: PromRegistry, registry: Registry, options: DcgmOptions): void {
  for (const { name, type, help, reading, factor = 1 } of dcgmFields) {
    const collect = type === "counter" ? collectCounter : collectGauge;
    collect(register, { name, help, samples: () => samplesOf(registry.checks(), reading, factor, options) });
  }
}

function samplesOf(
  entries: readonly CheckEntry[],
  reading: string,
  factor: number,
  options: DcgmOptions,
): readonly Sample[] {
  const samples = new Map<string, Sample>();
  for (const entry of entries) {
    const value = entry.state.latest.readings?.[reading];
    if (entry.subject?.labels.gpu === undefined || value?.ok !== true) continue;
    samples.set(entry.subject.name, { labels: labelsOf(entry, entries, options), value: value.value * factor });
  }
  return [...samples.values()];
}

/** As dcgm-exporter has them: an instance carries its GPU's UUID, and its profile and number beside it. */
function labelsOf({ subject }: CheckEntry, entries: readonly CheckEntry[], options: DcgmOptions): Labels {
  const own = subject?.labels ?? {};
  const gpu = entries.find((each) => each.subject?.labels.gpu === own.gpu && each.subject?.labels.mig === undefined);
  const parent = gpu?.subject?.labels ?? own;
  return {
    gpu: own.gpu ?? "",
    UUID: parent.uuid ?? "",
    pci_bus_id: own.pci_bus_id ?? "",
    device: `nvidia${own.gpu ?? ""}`,
    modelName: parent.name ?? "",
    ...(own.mig === undefined
      ? {}
      : { GPU_I_PROFILE: own.name?.split("MIG ").at(-1) ?? "", GPU_I_ID: own.mig.split(".")[0] ?? "" }),
    hostname: options.hostname,
    DCGM_FI_DRIVER_VERSION: gpu?.state.latest.series?.info?.[0]?.labels.driver ?? "",
    ...(options.simulated() ? { simulated: "true" } : {}),
  };
}
