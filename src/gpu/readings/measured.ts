import { present, type ReadingDeclaration } from "../../core/result.js";
import type { Result } from "../result.js";
import type { LibraryState, MigInstance } from "../snapshot.js";
import type { TrackedGpu } from "../source.js";
import { inspectionReadings, inspectionReadingsOf } from "./inspection-readings.js";
import { gpuSeries, inspectionSeriesOf, instanceSeriesOf, lastingSeriesOf, snapshotSeriesOf } from "./series.js";
import { memoryReadingsOf, snapshotReadings, snapshotReadingsOf } from "./snapshot-readings.js";

const lastXid = {
  metric: "gpu_last_xid",
  unit: "count",
  help: "The newest XID that the driver reported since this server started; 0 while there was none.",
} as const satisfies ReadingDeclaration;

/** Every reading of a GPU, as results carry them and metrics show them. */
export const gpuReadings: Readonly<Record<string, ReadingDeclaration>> = {
  ...snapshotReadings,
  ...inspectionReadings,
  lastXid,
  ...gpuSeries,
};

type Measured = Required<Pick<Result, "readings" | "series">>;

/**
 * The result with what is to be shown beside it, worked out when somebody asks: results come as often as samples, and
 * next to none of them is looked at.
 */
export function withMeasured(result: Result, measure: () => Measured): Result {
  let known: Measured | undefined;
  const measured = (): Measured => {
    known ??= measure();
    return known;
  };
  return {
    ...result,
    get readings() {
      return measured().readings;
    },
    get series() {
      return measured().series;
    },
  };
}

/** What is to be shown of a GPU that cannot be read now. */
export const lastingOf = (gpu: TrackedGpu, library: LibraryState): Measured => ({
  readings: lastXidOf(gpu, library),
  series: lastingSeriesOf(gpu, library),
});

/** What is to be shown of a GPU. */
export function measuredOf(gpu: TrackedGpu, library: LibraryState): Measured {
  const { snapshot, inspection } = gpu;
  if (snapshot === undefined) return lastingOf(gpu, library);
  return {
    readings: {
      ...snapshotReadingsOf(snapshot),
      ...(inspection === undefined ? {} : inspectionReadingsOf(inspection)),
      ...lastXidOf(gpu, library),
    },
    series: {
      ...snapshotSeriesOf(snapshot),
      ...(inspection === undefined ? {} : inspectionSeriesOf(inspection)),
      ...lastingSeriesOf(gpu, library),
    },
  };
}

export const measuredOfInstance = (gpu: TrackedGpu, instance: MigInstance): Measured => ({
  readings: memoryReadingsOf(instance.memory),
  series: instanceSeriesOf(gpu, instance),
});

/** None where the driver would not tell of one. */
function lastXidOf({ record }: TrackedGpu, library: LibraryState): Measured["readings"] {
  const isTold = library.phase === "ready" && library.eventsSupported.ok && library.eventsSupported.value;
  return isTold || record.lastXid !== undefined ? { lastXid: present(record.lastXid ?? 0) } : {};
}
