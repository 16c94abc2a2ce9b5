import type { CheckEntry } from "../../core/component.js";
import type { Registry } from "../../core/registry.js";
import type { Fault, LabelledValue, Readings } from "../../core/result.js";
import { iso, type Verdict, verdictOf } from "./verdict.js";

/** A fault, with the time of day since which it is there. */
export interface FaultReport extends Omit<Fault, "sinceMs"> {
  readonly since: string;
}

/** A process that holds memory of a GPU. */
export interface ProcessReport {
  readonly pid: string;
  /** Empty where the system does not tell. */
  readonly program: string;
  readonly kind: string;
  readonly usedBytes: number;
}

/** A GPU, or a MIG instance of one. */
export interface GpuReport extends Verdict {
  readonly name: string;
  readonly since: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly readings: Readings;
  readonly faults: readonly FaultReport[];
  /** The largest first; empty where it is not known. */
  readonly processes: readonly ProcessReport[];
}

/** Each GPU once, whichever checks look at it: checks name what they look at in the labels of their subject. */
export function gpuReports(
  registry: Registry,
  entries: readonly CheckEntry[],
  isoOf: (monotonicMs: number) => string,
): readonly GpuReport[] {
  const gpus = new Map<string, GpuReport>();
  for (const { subject, state } of entries) {
    const component = registry.get(subject?.name ?? "");
    if (subject?.labels.gpu === undefined || component === undefined) continue;
    const { name, labels } = subject;
    const { readings, faults = [], series = {} } = state.latest;
    const known = gpus.get(name);
    gpus.set(name, {
      name,
      ...verdictOf(component),
      since: iso(component.sinceWallMs),
      labels,
      readings: { ...readings, ...known?.readings },
      faults: firstOf(
        known?.faults,
        faults.map(({ sinceMs, ...fault }) => ({ ...fault, since: isoOf(sinceMs) })),
      ),
      processes: firstOf(known?.processes, (series.processMemoryBytes ?? []).map(processReport)),
    });
  }
  return [...gpus.values()];
}

/** Two checks that look at one GPU find the same; a check of another type finds nothing. */
const firstOf = <T>(known: readonly T[] = [], found: readonly T[]): readonly T[] => (known.length > 0 ? known : found);

const processReport = ({ labels, value }: LabelledValue): ProcessReport => ({
  pid: labels.pid ?? "",
  program: labels.program ?? "",
  kind: labels.kind ?? "",
  usedBytes: value,
});
