import { formatBytes } from "../../core/units.js";
import type { GpuInspection, GpuProcess } from "../inspection.js";
import type { MigInstanceId } from "../snapshot.js";
import { type Finding, findingIf } from "./finding.js";

/** Processes that hold memory and no longer run, at the newest inspection and at the one before. */
export interface OrphanHistory {
  readonly before: readonly number[];
  readonly now: readonly number[];
}

export const emptyOrphanHistory: OrphanHistory = { before: [], now: [] };

/** The history with one more inspection. */
export const observeOrphans = (history: OrphanHistory, inspection: GpuInspection): OrphanHistory => ({
  before: history.now,
  now: orphansOf(inspection).map(({ pid }) => pid),
});

/** Twice in a row, since a process may end between the driver's answer and the look at whether it runs. */
export function orphanFindings({ before, now }: OrphanHistory, inspection: GpuInspection): readonly Finding[] {
  const held = orphansOf(inspection).filter(({ pid }) => before.includes(pid) && now.includes(pid));
  return findingIf(held.length > 0, "gpu_memory_orphaned", () => held.map(describeProcess).join(", "));
}

const orphansOf = ({ processes }: GpuInspection): readonly GpuProcess[] =>
  processes.ok ? processes.value.filter((each) => !each.exists && bytesOf(each) > 0) : [];

/** Those of one MIG instance, or all where none is named. */
export const processesOf = (processes: readonly GpuProcess[], instance?: MigInstanceId): readonly GpuProcess[] =>
  instance === undefined
    ? processes
    : processes.filter(
        ({ gpuInstanceId, computeInstanceId }) =>
          gpuInstanceId === instance.gpuInstanceId && computeInstanceId === instance.computeInstanceId,
      );

/** Who holds the memory of a GPU, or of one instance of it, the largest first; empty where it is not known. */
export function memoryHolders(inspection: GpuInspection | undefined, instance?: MigInstanceId): readonly GpuProcess[] {
  if (inspection?.processes.ok !== true) return [];
  return processesOf(inspection.processes.value, instance)
    .filter((each) => bytesOf(each) > 0)
    .sort((a, b) => bytesOf(b) - bytesOf(a));
}

/** `pid 4711 python 120 GiB`. */
export const describeProcess = (process: GpuProcess): string =>
  [`pid ${process.pid}`, programOf(process), formatBytes(bytesOf(process))].filter((part) => part !== "").join(" ");

/** The program's name without its folder, fit for one line; empty where it is not known. */
export const programOf = ({ name = "" }: GpuProcess): string =>
  (name.split("/").at(-1) ?? "").replaceAll(/\p{Cc}/gu, "").slice(0, 40);

/** For sorting and filtering only: memory that is not known counts as none. */
const bytesOf = ({ usedBytes }: GpuProcess): number => (usedBytes.ok ? usedBytes.value : 0);
