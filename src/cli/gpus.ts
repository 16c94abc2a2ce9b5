import { Command, Option } from "commander";
import { formatBytes, formatPercent } from "../core/units.js";
import type { NvmlReading } from "../gpu/nvml-reading.js";
import type { GpuView, LibraryState } from "../gpu/snapshot.js";
import { untilInterrupted } from "./terminal.js";

export interface GpusOptions {
  readonly library?: string;
  readonly simulate?: string;
  readonly watch?: boolean;
}

/** The GPUs as one sampler sees them, once every GPU has answered or a deadline has passed. */
export interface GpuListing {
  readonly library: LibraryState;
  readonly gpus: readonly GpuView[];
}

/**
 * Shows a listing once the GPUs have answered, and with `watch` one more after each sample. `stop` ends it, also before
 * that.
 */
export type ListGpus = (options: GpusOptions, show: (listing: GpuListing) => void, stop: AbortSignal) => Promise<void>;

const noGpuExitCode = 1;

/** `gpus`: a table of the GPUs as the sampler sees them, without a server. */
export function gpusCommand(listGpus: ListGpus): Command {
  return new Command("gpus")
    .description("show the GPUs of this machine as the sampler sees them")
    .addOption(
      new Option("--output <format>", "for people or for machines").choices(["table", "json"]).default("table"),
    )
    .option("--watch", "show them again after each sample, until interrupted")
    .option("--library <path>", "the NVML library; without it: libnvidia-ml.so.1 as the system finds it")
    .addOption(new Option("--simulate <model>", "simulated GPUs, such as h200x2").env("GPU_HEALTH_SIMULATE"))
    .addHelpText("after", "\nExample:\n  $ gpu-health gpus --output json")
    .action(({ output, ...options }: GpusOptions & { output: "table" | "json" }) =>
      listGpus(options, (listing) => print(listing, output), untilInterrupted()),
    );
}

function print(listing: GpuListing, output: "table" | "json"): void {
  const { library, gpus } = listing;
  if (library.phase !== "ready" || gpus.length === 0) process.exitCode = noGpuExitCode;
  console.log(output === "json" ? JSON.stringify(listing) : describe(library, gpus));
}

function describe(library: LibraryState, gpus: readonly GpuView[]): string {
  switch (library.phase) {
    case "off":
      return "GPUs are switched off.";
    case "opening":
      return library.call === undefined
        ? `NVML is still being opened (${library.path}).`
        : `NVML does not answer: ${library.call.function} has not returned. See dmesg for NVRM lines.`;
    case "failed":
      return `${library.message}\nWhat to do: ${library.remedy}`;
    case "ready": {
      const driver = `Driver ${text(library.driverVersion)}, NVML ${text(library.nvmlVersion)}`;
      const heading = library.simulated ? `SIMULATED GPUs. ${driver}` : driver;
      return gpus.length === 0 ? `${heading}\nNo GPU is visible.` : `${heading}\n${table(gpus)}`;
    }
  }
}

const columns: readonly (readonly [heading: string, cell: (gpu: GpuView) => string])[] = [
  ["GPU", ({ index }) => String(index)],
  ["NAME", ({ name }) => text(name)],
  ["MEMORY USED", ({ snapshot }) => memoryText(snapshot?.memory)],
  ["FREE", ({ snapshot }) => text(snapshot?.memory, ({ freeBytes }) => formatBytes(freeBytes))],
  ["UTIL", ({ snapshot }) => text(snapshot?.utilization, ({ gpuRatio }) => formatPercent(gpuRatio))],
  ["TEMP", ({ snapshot }) => text(snapshot?.temperatureCelsius, (celsius) => `${celsius} °C`)],
  ["POWER", ({ snapshot }) => text(snapshot?.powerWatts, (watts) => `${Math.round(watts)} W`)],
  ["SM CLOCK", ({ snapshot }) => text(snapshot?.smClockHertz, (hertz) => `${hertz / 1e6} MHz`)],
  ["PCI BUS", ({ pciBusId }) => text(pciBusId)],
  ["UUID", ({ uuid }) => text(uuid)],
  ["NOTE", note],
];

function table(gpus: readonly GpuView[]): string {
  const rows = [columns.map(([heading]) => heading), ...gpus.map((gpu) => columns.map(([, cell]) => cell(gpu)))];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function memoryText(memory: NonNullable<GpuView["snapshot"]>["memory"] | undefined): string {
  return text(memory, ({ usedBytes, totalBytes }) => `${formatBytes(usedBytes)} of ${formatBytes(totalBytes)}`);
}

function note({ handleError, call, snapshot }: GpuView): string {
  if (handleError !== undefined) return handleError.name;
  if (snapshot !== undefined && !snapshot.memory.ok) return snapshot.memory.returnCode.name;
  if (snapshot === undefined && call !== undefined) return `${call.function} has not returned`;
  return "";
}

/** The value, or why there is none. */
function text(reading: NvmlReading<string> | undefined): string;
function text<T>(reading: NvmlReading<T> | undefined, format: (value: T) => string): string;
function text<T>(reading: NvmlReading<T> | undefined, format: (value: T) => string = String): string {
  if (reading === undefined) return "-";
  if (reading.ok) return format(reading.value);
  return reading.why === "unsupported" ? "n/a" : "lost";
}
