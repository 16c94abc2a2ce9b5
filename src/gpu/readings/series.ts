import type { LabelledValue, ReadingDeclaration, Series } from "../../core/result.js";
import { clockEventReasons, hasBit } from "../detectors/clocks.js";
import { memoryHolders, programOf } from "../detectors/processes.js";
import { isSame } from "../faults/ledger.js";
import type { GpuRecord, XidCount } from "../faults/record.js";
import type { GpuInspection, NvLink } from "../inspection.js";
import type { NvmlReading } from "../nvml-reading.js";
import { oncePerObject } from "../once-per-object.js";
import type { GpuSnapshot, LibraryState, MigInstanceId } from "../snapshot.js";
import type { TrackedGpu } from "../source.js";

/** What a GPU has several of. */
export const gpuSeries = {
  info: {
    metric: "gpu_info",
    unit: "count",
    help: "Always 1; the labels are the GPU and the versions of what drives it.",
    labels: ["serial", "driver", "nvml", "cuda"],
  },
  clockEventReason: {
    metric: "gpu_clock_event_reason",
    unit: "count",
    help: "1 while the clocks are held back for this reason, otherwise 0; reasons that are not known by name once they appear.",
    labels: ["reason"],
  },
  nvlinkActive: {
    metric: "gpu_nvlink_active",
    unit: "count",
    help: "1 while the NVLink is up, otherwise 0.",
    labels: ["link"],
  },
  nvlinkErrors: {
    metric: "gpu_nvlink_errors",
    unit: "count",
    kind: "counter",
    help: "Errors on the NVLink: crc, replay and recovery.",
    labels: ["link", "error"],
  },
  processMemoryBytes: {
    metric: "gpu_process_memory",
    unit: "bytes",
    help: "GPU memory that the process holds.",
    labels: ["pid", "program", "kind"],
  },
  xidEvents: {
    metric: "gpu_xid_events",
    unit: "count",
    kind: "counter",
    help: "XIDs that the driver reported since this server started.",
    labels: ["xid"],
  },
} satisfies Record<string, ReadingDeclaration>;

type GpuSeries = Partial<Record<keyof typeof gpuSeries, readonly LabelledValue[]>>;

/** What is known of a GPU even while it cannot be read. */
export function lastingSeriesOf(gpu: TrackedGpu, library: LibraryState): Series {
  const isOwn = ({ instance }: XidCount): boolean =>
    instance === undefined || !gpu.migInstances.some((each) => isSame(each, instance));
  return {
    xidEvents: xidEvents(gpu.record, isOwn),
    ...(library.phase === "ready" ? { info: [infoOf(gpu, library)] } : {}),
  } satisfies GpuSeries;
}

export function instanceSeriesOf({ record, inspection }: TrackedGpu, instance: MigInstanceId): Series {
  return {
    xidEvents: xidEvents(record, (each) => each.instance !== undefined && isSame(each.instance, instance)),
    processMemoryBytes: processMemory(inspection, instance),
  } satisfies GpuSeries;
}

export const snapshotSeriesOf = ({ clocksEventReasons }: GpuSnapshot): Series =>
  ({ clockEventReason: reasons(clocksEventReasons) }) satisfies GpuSeries;

/** Worked out once for each inspection, since many snapshots go with one. */
export const inspectionSeriesOf = oncePerObject((inspection: GpuInspection): Series => {
  const { nvlinks } = inspection;
  return {
    nvlinkActive: nvlinks.flatMap(({ link, isActive }) =>
      isActive.ok ? [{ labels: { link: String(link) }, value: Number(isActive.value) }] : [],
    ),
    nvlinkErrors: nvlinks.flatMap(linkErrors),
    processMemoryBytes: processMemory(inspection),
  } satisfies GpuSeries;
});

function infoOf({ serial }: TrackedGpu, library: Extract<LibraryState, { phase: "ready" }>): LabelledValue {
  const { driverVersion, nvmlVersion, cudaDriverVersion } = library;
  const labels = {
    serial: textOf(serial),
    driver: textOf(driverVersion),
    nvml: textOf(nvmlVersion),
    cuda: cudaDriverVersion.ok ? cudaVersion(cudaDriverVersion.value) : "",
  };
  return { labels, value: 1 };
}

/** 12080 is 12.8. */
const cudaVersion = (encoded: number): string => `${Math.floor(encoded / 1000)}.${Math.floor((encoded % 1000) / 10)}`;

const xidEvents = ({ xids }: GpuRecord, isWanted: (each: XidCount) => boolean): readonly LabelledValue[] => {
  const counts = new Map<number, number>();
  for (const each of xids.filter(isWanted)) counts.set(each.xid, (counts.get(each.xid) ?? 0) + each.count);
  return [...counts].map(([xid, count]) => ({ labels: { xid: String(xid) }, value: count }));
};

/** Every reason that has a name, and the others by the number of their bit while they are active. */
function reasons(mask: NvmlReading<number>): readonly LabelledValue[] {
  if (!mask.ok) return [];
  const { value } = mask;
  const known = clockEventReasons.map((reason, bit) => ({ labels: { reason }, value: Number(hasBit(value, bit)) }));
  const unknown: LabelledValue[] = [];
  for (let bit = clockEventReasons.length; 2 ** bit <= value; bit += 1) {
    if (hasBit(value, bit)) unknown.push({ labels: { reason: `bit_${bit}` }, value: 1 });
  }
  return [...known, ...unknown];
}

function linkErrors({ link, crcErrors, replayErrors, recoveryErrors }: NvLink): readonly LabelledValue[] {
  return Object.entries({ crc: crcErrors, replay: replayErrors, recovery: recoveryErrors }).flatMap(([error, count]) =>
    count.ok ? [{ labels: { link: String(link), error }, value: count.value }] : [],
  );
}

const processMemory = (inspection: GpuInspection | undefined, instance?: MigInstanceId): readonly LabelledValue[] =>
  memoryHolders(inspection, instance).flatMap((process) => {
    const { pid, kind, usedBytes } = process;
    return usedBytes.ok
      ? [{ labels: { pid: String(pid), program: programOf(process), kind }, value: usedBytes.value }]
      : [];
  });

const textOf = (reading: NvmlReading<string>): string => (reading.ok ? reading.value : "");
