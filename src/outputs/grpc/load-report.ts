import type { CheckEntry } from "../../core/component.js";
import type { OrcaLoadReport } from "../../proto/orca.js";

export interface LoadReportSettings {
  /** What the utilization of several GPUs comes to: their mean, or that of the busiest. */
  readonly utilization: "mean" | "max";
  /** Reported where nobody says how many requests there are. */
  readonly requestsPerSecond?: number | undefined;
}

/** What an application says of its load, in place of what its GPUs and its heartbeats say. */
export type ApplicationLoad = Partial<OrcaLoadReport>;

/** Names of readings in a heartbeat that have a field of their own in a load report. */
const reported = {
  applicationUtilization: "application_utilization_ratio",
  requestsPerSecond: "requests_per_second",
  errorsPerSecond: "errors_per_second",
} as const;

/**
 * The driver gives utilization in whole percent, so its 0 is anything below one. Load balancers take a 0 for «not known»,
 * whoever says it: an idle server would keep the share that it had when it was busy, and then get an average one.
 */
const leastUtilizationRatio = 0.01;

/**
 * The load of a server: of its GPUs, of what its heartbeats report, and what it says itself. Readings that are absent, and
 * with them those that are too old, give nothing: never a 0.
 */
export function loadReportOf(
  entries: readonly CheckEntry[],
  settings: LoadReportSettings,
  application: ApplicationLoad = {},
): OrcaLoadReport {
  const gpus = withoutSplitGpus(entries.filter(({ type, subject }) => type === "gpu" && subject !== undefined));
  const beats = entries.filter(({ type }) => type === "heartbeat");
  const own = (name: string): readonly number[] => beats.flatMap((beat) => beatReadings(beat)[name] ?? []);

  const utilization =
    known(application.applicationUtilization) ??
    known(aggregate("max", own(reported.applicationUtilization))) ??
    aggregate(settings.utilization, readings(gpus, "gpuUtilizationRatio"));
  return {
    ...defined({
      applicationUtilization: utilization === undefined ? undefined : Math.max(utilization, leastUtilizationRatio),
      requestsPerSecond:
        known(application.requestsPerSecond) ??
        known(sum(own(reported.requestsPerSecond))) ??
        settings.requestsPerSecond,
      errorsPerSecond: known(application.errorsPerSecond) ?? known(sum(own(reported.errorsPerSecond))),
    }),
    namedMetrics: { ...namedByBeats(beats), ...namedByGpus(gpus), ...finite(application.namedMetrics) },
  };
}

/** The fields of a report are 0 at least; what is not, such as the rest of a division by 0, is not known. */
const known = (value: number | undefined): number | undefined =>
  value !== undefined && Number.isFinite(value) && value >= 0 ? value : undefined;

const finite = (metrics: Readonly<Record<string, number>> = {}): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));

/** A GPU that is split into MIG instances has their memory as its own: the instances count, and the GPU does not. */
function withoutSplitGpus(entries: readonly CheckEntry[]): readonly CheckEntry[] {
  const split = new Set(entries.filter(isMigInstance).map(({ subject }) => subject?.labels.gpu));
  const counted = entries.filter((entry) => isMigInstance(entry) || !split.has(entry.subject?.labels.gpu));
  // Two checks may look at one GPU.
  return [...new Map(counted.map((entry) => [entry.subject?.name, entry])).values()];
}

const isMigInstance = ({ subject }: CheckEntry): boolean => subject?.labels.mig !== undefined;

function namedByGpus(gpus: readonly CheckEntry[]): Readonly<Record<string, number>> {
  const utilizations = readings(gpus, "gpuUtilizationRatio");
  // Of GPUs that tell both.
  const withMemory = gpus.filter((gpu) => isPresent(gpu, "memoryUsedBytes") && isPresent(gpu, "memoryTotalBytes"));
  const usedBytes = sum(readings(withMemory, "memoryUsedBytes"));
  const totalBytes = sum(readings(withMemory, "memoryTotalBytes"));
  return defined({
    "gpu.utilization_ratio": aggregate("mean", utilizations),
    "gpu.busiest_utilization_ratio": aggregate("max", utilizations),
    "gpu.memory_used_ratio": usedBytes === undefined || totalBytes === undefined ? undefined : usedBytes / totalBytes,
    "gpu.memory_free_bytes": sum(readings(gpus, "memoryFreeBytes")),
  });
}

/** `model.queue_length`: the check, and the name that the application gave. */
function namedByBeats(beats: readonly CheckEntry[]): Readonly<Record<string, number>> {
  const ownFields = new Set<string>(Object.values(reported));
  return Object.fromEntries(
    beats.flatMap((beat) =>
      Object.entries(beatReadings(beat))
        .filter(([name]) => !ownFields.has(name))
        .map(([name, value]) => [`${beat.check}.${name}`, value]),
    ),
  );
}

const beatReadings = ({ state }: CheckEntry): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.values(state.latest.series ?? {}).flatMap((values) =>
      values.map(({ labels, value }) => [labels.reading ?? "", value]),
    ),
  );

const isPresent = ({ state }: CheckEntry, name: string): boolean => state.latest.readings?.[name]?.ok === true;

const readings = (entries: readonly CheckEntry[], name: string): readonly number[] =>
  entries.flatMap(({ state }) => {
    const reading = state.latest.readings?.[name];
    return reading?.ok === true ? [reading.value] : [];
  });

function aggregate(how: "mean" | "max", values: readonly number[]): number | undefined {
  const total = sum(values);
  if (total === undefined) return undefined;
  return how === "max" ? Math.max(...values) : total / values.length;
}

const sum = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((total, value) => total + value, 0);

/** Without the keys that have no value. */
const defined = <Key extends string>(values: Readonly<Record<Key, number | undefined>>): Partial<Record<Key, number>> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<Record<Key, number>>;
