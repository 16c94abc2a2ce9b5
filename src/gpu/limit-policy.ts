import type { Sustained } from "../core/limit.js";
import type { ReasonIn } from "../core/reason.js";
import { formatAgainst, formatBytes, formatDuration, formatPercent } from "../core/units.js";
import { describeProcess, programOf } from "./detectors/processes.js";
import type { GpuProcess } from "./inspection.js";
import type { BrokenSince, GpuLimits, LimitName } from "./limits.js";
import type { NvmlReading } from "./nvml-reading.js";
import type { gpuReasons } from "./reasons.js";
import type { Result } from "./result.js";
import type { GpuMemory, GpuUtilization } from "./snapshot.js";

export interface LimitJudgement {
  readonly results: readonly Result[];
  readonly brokenSince: BrokenSince;
}

/** What the limits are about: a GPU, or an instance of one. */
export interface Measured {
  readonly subject: string;
  readonly sampledAtMs: number;
  readonly memory: NvmlReading<GpuMemory>;
  /** Undefined: limits on it are judged elsewhere. */
  readonly utilization?: NvmlReading<GpuUtilization>;
  /** Who holds its memory, the largest first; empty where it is not known. */
  readonly holders: () => readonly GpuProcess[];
}

interface LimitContext {
  readonly limits: GpuLimits;
  readonly brokenSince: BrokenSince;
  readonly nowMs: number;
}

/** A limit that is broken now, in words; `forMs` decides whether it counts yet. */
interface Breach {
  readonly name: LimitName;
  readonly forMs: number;
  readonly reason: ReasonIn<typeof gpuReasons>;
  readonly message: string;
  readonly remedy: string;
}

/** What the configured limits say of one snapshot. A limit on a value that the card does not have makes degraded. */
export function judgeLimits(measured: Measured, context: LimitContext): LimitJudgement {
  const { limits, nowMs } = context;
  const { subject, memory, utilization, sampledAtMs } = measured;
  const breaches = [
    ...withReading(limits.minFreeMemory, memory, (limit, value) => lowMemory(measured, limit, value)),
    ...withReading(limits.maxMemoryUsed, memory, (limit, value) => fullMemory(measured, limit, value)),
    ...withReading(limits.maxGpuUtilization, utilization, (limit, { gpuRatio }) =>
      busy(subject, "maxGpuUtilization", "GPU utilization", limit, gpuRatio),
    ),
    ...withReading(limits.maxMemoryUtilization, utilization, (limit, { memoryRatio }) =>
      busy(subject, "maxMemoryUtilization", "memory utilization", limit, memoryRatio),
    ),
  ];
  const brokenSince: BrokenSince = Object.fromEntries(
    breaches.map(({ name }) => [name, context.brokenSince[name] ?? sampledAtMs]),
  );
  const results = breaches.flatMap((breach): Result[] => {
    const brokenForMs = Math.max(0, nowMs - (brokenSince[breach.name] ?? nowMs));
    if (brokenForMs < breach.forMs) return [];
    const duration = breach.forMs > 0 ? `, for ${formatDuration(brokenForMs)}` : "";
    const { reason, remedy } = breach;
    return [{ status: "unhealthy", reason, message: breach.message + duration, remedy }];
  });
  return { results: [...results, ...unjudgeable(measured, limits)], brokenSince };
}

/** The breach of a limit that is configured and whose reading is there. */
function withReading<Limit, Value>(
  limit: Sustained<Limit> | undefined,
  reading: NvmlReading<Value> | undefined,
  find: (limit: Sustained<Limit>, value: Value) => Breach | undefined,
): Breach[] {
  const breach = limit !== undefined && reading?.ok === true ? find(limit, reading.value) : undefined;
  return breach === undefined ? [] : [breach];
}

function lowMemory(
  { subject, holders }: Measured,
  { limit, forMs }: NonNullable<GpuLimits["minFreeMemory"]>,
  { freeBytes, totalBytes }: GpuMemory,
): Breach | undefined {
  const neededBytes = limit.kind === "bytes" ? limit.bytes : limit.ratio * totalBytes;
  if (freeBytes >= neededBytes) return undefined;
  const [free, needed] = formatAgainst(freeBytes, neededBytes, formatBytes);
  return {
    name: "minFreeMemory",
    forMs,
    reason: "insufficient_gpu_memory",
    message: `${free} free on ${subject}, ${needed} needed${heldBy(holders())}`,
    remedy: `${freeMemory(subject, holders())}, or lower minFreeMemory`,
  };
}

function fullMemory(
  { subject, holders }: Measured,
  { limit, forMs }: NonNullable<GpuLimits["maxMemoryUsed"]>,
  { usedBytes, totalBytes }: GpuMemory,
): Breach | undefined {
  const usedRatio = totalBytes > 0 ? usedBytes / totalBytes : 1;
  if (usedRatio <= limit) return undefined;
  const [used, allowed] = formatAgainst(usedRatio, limit, formatPercent);
  return {
    name: "maxMemoryUsed",
    forMs,
    reason: "gpu_memory_used_high",
    message: `${used} of the memory of ${subject} used, ${allowed} allowed${heldBy(holders())}`,
    remedy: `${freeMemory(subject, holders())}, or raise maxMemoryUsed`,
  };
}

const namedHolders = 3;

/** `; held by pid 4711 python 120 GiB and 2 more`; empty where nobody is known. */
function heldBy(holders: readonly GpuProcess[]): string {
  if (holders.length === 0) return "";
  const named = holders.slice(0, namedHolders).map(describeProcess).join(", ");
  const others = holders.length - namedHolders;
  return `; held by ${named}${others > 0 ? ` and ${others} more` : ""}`;
}

function freeMemory(subject: string, [largest]: readonly GpuProcess[]): string {
  if (largest === undefined) return `end what holds the memory of ${subject} (nvidia-smi shows it)`;
  const program = programOf(largest);
  return `end pid ${largest.pid}${program === "" ? "" : ` (${program})`}, which holds the most memory of ${subject}`;
}

function busy(
  subject: string,
  name: "maxGpuUtilization" | "maxMemoryUtilization",
  what: string,
  { limit, forMs }: Sustained<number>,
  ratio: number,
): Breach | undefined {
  if (ratio <= limit) return undefined;
  const [measured, allowed] = formatAgainst(ratio, limit, formatPercent);
  return {
    name,
    forMs,
    reason: name === "maxGpuUtilization" ? "gpu_utilization_high" : "gpu_memory_utilization_high",
    message: `${what} of ${subject} is ${measured}, ${allowed} allowed`,
    remedy: `send less work to ${subject}, or raise ${name}`,
  };
}

/** Limits whose value is missing. Where NVML says why it was lost, the return code speaks for itself. */
function unjudgeable({ subject, memory, utilization }: Measured, limits: GpuLimits): Result[] {
  const sources: Record<LimitName, NvmlReading<unknown> | undefined> = {
    minFreeMemory: memory,
    maxMemoryUsed: memory,
    maxGpuUtilization: utilization,
    maxMemoryUtilization: utilization,
  };
  return (Object.keys(sources) as LimitName[]).flatMap((name): Result[] => {
    const source = sources[name];
    if (limits[name] === undefined || source === undefined || source.ok || source.why === "lost") return [];
    return [
      {
        status: "degraded",
        reason: "gpu_limit_not_judgeable",
        message: `${subject} does not report the value that ${name} is about (${source.returnCode.name})`,
        remedy: `take ${name} out of the check for this GPU`,
      },
    ];
  });
}
