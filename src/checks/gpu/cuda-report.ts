import { z } from "zod";
import { assertNever } from "../../core/assert-never.js";

/** A device as CUDA shows it. */
export interface CudaDevice {
  /** As NVML has it; of a MIG device the UUID of the whole GPU. */
  readonly uuid: string;
  readonly isMig: boolean;
  /** CUcomputemode: 0 default, 2 prohibited, 3 exclusive to one process. */
  readonly computeMode: number;
}

/** A call that returned something else than success. */
export interface FailedCall {
  readonly function: string;
  readonly code: number;
  /** The driver's name of the code; a code without one keeps its number. */
  readonly name: string;
}

/** The computation on one device. */
export interface KernelRun {
  readonly uuid: string;
  failure?: FailedCall;
  computed?: { readonly words: number; readonly wrongWords: number; readonly durationMs: number };
}

/** What the probe told until it ended. */
export interface CudaReport {
  libraryPath?: string;
  loadError?: { readonly reason: "not_found" | "invalid"; readonly message: string };
  /** A function that the library lacks. */
  missingFunction?: string;
  /** The call before any kernel that failed. */
  failure?: FailedCall;
  /** Device files that could not be opened. */
  readonly deviceFiles: { readonly path: string; readonly error: string }[];
  /** As CUDA encodes it: 12080 is 12.8. */
  driverVersion?: number;
  /** How long cuInit took. */
  initDurationMs?: number;
  readonly devices: CudaDevice[];
  readonly kernels: KernelRun[];
  /** The call that had not returned; `uuid` where it was about a kernel. */
  callInFlight?: { readonly function: string; readonly uuid?: string } | undefined;
  /** All that was asked for was tried. */
  isComplete: boolean;
  /** What else was written: by the driver, the dynamic linker or a crash handler. */
  readonly otherLines: string[];
}

/** The lines of native/cuda/report.h. */
const line = z.discriminatedUnion("event", [
  z.object({ event: z.literal("loading"), library: z.string() }),
  z.object({ event: z.literal("loaded"), path: z.string() }),
  z.object({ event: z.literal("not_loaded"), reason: z.enum(["not_found", "invalid"]), message: z.string() }),
  z.object({ event: z.literal("missing"), function: z.string() }),
  z.object({ event: z.literal("calling"), function: z.string() }),
  z.object({
    event: z.literal("returned"),
    function: z.string(),
    code: z.int(),
    name: z.string().optional(),
    durationMs: z.number(),
  }),
  z.object({ event: z.literal("driver"), version: z.int() }),
  z.object({ event: z.literal("device"), uuid: z.string(), isMig: z.boolean(), computeMode: z.int() }),
  z.object({ event: z.literal("device_file"), path: z.string(), error: z.string() }),
  z.object({ event: z.literal("kernel"), uuid: z.string() }),
  z.object({
    event: z.literal("computed"),
    uuid: z.string(),
    words: z.int(),
    wrongWords: z.int(),
    durationMs: z.number(),
  }),
  z.object({ event: z.literal("done") }),
]);

type Line = z.output<typeof line>;

/** Reads what the probe wrote, to its end or to where it was stopped. */
export function readReport(output: string): CudaReport {
  const report: CudaReport = { deviceFiles: [], devices: [], kernels: [], isComplete: false, otherLines: [] };
  for (const text of output.split("\n")) {
    const parsed = parseLine(text);
    if (parsed !== undefined) add(report, parsed);
    else if (text.trim() !== "") report.otherLines.push(text);
  }
  return report;
}

function parseLine(text: string): Line | undefined {
  try {
    return line.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function add(report: CudaReport, told: Line): void {
  const kernel = report.kernels.at(-1);
  switch (told.event) {
    case "loading":
      report.callInFlight = { function: `the loading of ${told.library}` };
      break;
    case "loaded":
      report.callInFlight = undefined;
      report.libraryPath = told.path;
      break;
    case "not_loaded":
      report.callInFlight = undefined;
      report.loadError = told;
      break;
    case "missing":
      report.missingFunction = told.function;
      break;
    case "calling":
      report.callInFlight = { function: told.function, ...(kernel === undefined ? {} : { uuid: kernel.uuid }) };
      break;
    case "returned":
      report.callInFlight = undefined;
      if (told.function === "cuInit") report.initDurationMs = told.durationMs;
      // The first failure is the cause; what follows it is clearing up.
      if (told.code !== 0) (kernel ?? report).failure ??= { ...told, name: told.name ?? `CUDA error ${told.code}` };
      break;
    case "driver":
      report.driverVersion = told.version;
      break;
    case "device":
      report.devices.push(told);
      break;
    case "device_file":
      report.deviceFiles.push(told);
      break;
    case "kernel":
      report.kernels.push({ uuid: told.uuid });
      break;
    case "computed":
      if (kernel !== undefined) kernel.computed = told;
      break;
    case "done":
      report.isComplete = true;
      break;
    default:
      assertNever(told);
  }
}
