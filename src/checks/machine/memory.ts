import type { z } from "zod";
import type { Check } from "../../core/check.js";
import { healthy, present, type Result } from "../../core/result.js";
import { formatAgainst, formatBytes, formatPercent } from "../../core/units.js";
import { defineCheckType } from "../check-type.js";
import { mapping, percent } from "../options.js";
import { type MemoryUsage, readMemoryUsage, systemRoots } from "./memory-usage.js";

const options = mapping({
  maxUsed: percent().prefault("90%").describe("Used share of the memory that this process may have, at most."),
});

type Options = z.output<typeof options>;

export const memory = defineCheckType<Options>({
  type: "memory",
  summary:
    "Memory is left: below the tightest cgroup v2 limit above this process, or on the machine where there is no limit.",
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
      help: "The tightest cgroup limit, or the memory of the machine.",
    },
  },
  create: (given) => createMemoryCheck(given, systemRoots),
});

/** The check on other roots than the system's, for tests. */
export function createMemoryCheck(given: Options, roots: typeof systemRoots): Check {
  return { run: () => judgeMemory(readMemoryUsage(roots), given.maxUsed) };
}

/** `maxUsedRatio` is 0 to 1. */
export function judgeMemory({ usedBytes, limitBytes, source }: MemoryUsage, maxUsedRatio: number): Result {
  const readings = { usedBytes: present(usedBytes), limitBytes: present(limitBytes) };
  const usedRatio = usedBytes / limitBytes;
  const [used, allowed] = formatAgainst(usedRatio, maxUsedRatio, formatPercent);
  const figures = `${used} of memory used (${formatBytes(usedBytes)} of ${formatBytes(limitBytes)}, ${source})`;
  if (usedRatio <= maxUsedRatio) return healthy(`${figures}, ${allowed} allowed`, readings);
  return {
    status: "unhealthy",
    reason: "insufficient_memory",
    message: `${figures}, ${allowed} allowed`,
    remedy: "raise the memory limit, or find what holds the memory before the kernel kills it",
    readings,
  };
}
