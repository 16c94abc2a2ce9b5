import type { z } from "zod";
import { healthy, present } from "../../core/result.js";
import { formatAgainst, formatBytes, formatPercent } from "../../core/units.js";
import { defineCheck } from "../check-type.js";
import { mapping, percent, size } from "../options.js";
import type { Check, Result } from "../result.js";
import { type MemoryUsage, readMemoryUsage } from "./memory-usage.js";
import { type SystemRoots, systemRoots } from "./system-files.js";

const options = () =>
  mapping({
    maxUsed: percent().prefault("90%").describe("Used share of the memory that this process may have, at most."),
    minFree: size().optional().describe("What must be left of it at least, beside that."),
  });

type Options = z.output<ReturnType<typeof options>>;

export const memory = defineCheck<Options>({
  type: "memory",
  summary:
    "Memory is left: below the fullest cgroup limit above this process, or on the machine where there is no limit.",
  reasons: ["memory"],
  options,
  schedule: { intervalMs: 10_000 },
  readings: {
    usedBytes: {
      metric: "memory_used",
      unit: "bytes",
      help: "Memory in use that the kernel cannot simply take back (for a cgroup: the kubelet's working set).",
    },
    limitBytes: {
      metric: "memory_limit",
      unit: "bytes",
      help: "The fullest cgroup limit, or the memory of the machine.",
    },
  },
  create: (given) => createMemoryCheck(given, systemRoots),
});

/** The check on other roots than the system's, for tests. */
export function createMemoryCheck(given: Options, roots: SystemRoots): Check {
  return { run: () => judgeMemory(readMemoryUsage(roots), given) };
}

export function judgeMemory({ usedBytes, limitBytes, source }: MemoryUsage, { maxUsed, minFree }: Options): Result {
  const readings = { usedBytes: present(usedBytes), limitBytes: present(limitBytes) };
  const usedRatio = usedBytes / limitBytes;
  const [used, allowed] = formatAgainst(usedRatio, maxUsed, formatPercent);
  const figures = `${used} of memory used (${formatBytes(usedBytes)} of ${formatBytes(limitBytes)}, ${source})`;
  const insufficient = (message: string): Result => ({
    status: "unhealthy",
    reason: "insufficient_memory",
    message,
    remedy: "raise the memory limit, or find what holds the memory before the kernel kills it",
    readings,
  });
  if (usedRatio > maxUsed) return insufficient(`${figures}, ${allowed} allowed`);
  const freeBytes = limitBytes - usedBytes;
  if (minFree !== undefined && freeBytes < minFree) {
    const [free, needed] = formatAgainst(freeBytes, minFree, formatBytes);
    return insufficient(`${free} of memory left, ${needed} needed: ${figures}`);
  }
  return healthy(`${figures}, ${allowed} allowed`, readings);
}
