import { z } from "zod";
import { healthy, lost, present, type Reading, unsupported } from "../../core/result.js";
import { formatAgainst, formatPercent } from "../../core/units.js";
import { defineCheck } from "../check-type.js";
import { mapping, percent } from "../options.js";
import type { Reason } from "../reasons.js";
import type { Check, Result } from "../result.js";
import { type CpuState, type PressureScope, type Resource, readCpuState, type Throttling } from "./cpu-state.js";
import { type SystemRoots, systemRoots } from "./system-files.js";

const options = () =>
  mapping({
    maxLoadPerCore: z
      .number()
      .positive()
      .default(4)
      .meta({ kind: "number" })
      .describe("Load average of the machine over 5 minutes, divided by its cores, at most."),
    maxPressure: mapping({
      cpu: percent().optional().describe("Share of the last minute in which some task waited for a core, at most."),
      memory: percent().optional().describe("Share of the last minute in which every task waited for memory, at most."),
      io: percent().optional().describe("Share of the last minute in which every task waited for disks, at most."),
    })
      .optional()
      .describe("Pressure stall, as the kernel keeps it in /proc/pressure."),
    pressureOf: z
      .enum(["machine", "cgroup"])
      .default("machine")
      .describe(
        "Whose pressure: of the whole `machine`, or of this process's `cgroup`, in a container that container.",
      ),
    maxThrottled: percent()
      .optional()
      .describe("Share of the periods of a cgroup's CPU limit in which its time ran out, since the last run, at most."),
  });

type Options = z.output<ReturnType<typeof options>>;

export const cpu = defineCheck<Options>({
  type: "cpu",
  summary: "The CPU keeps up: the load for each core, and what tasks wait for, are within their limits.",
  reasons: ["cpu"],
  options,
  schedule: { intervalMs: 15_000 },
  readings: {
    load1: { metric: "cpu_load1", unit: "count", help: "Load average of the machine over 1 minute." },
    load5: { metric: "cpu_load5", unit: "count", help: "Load average of the machine over 5 minutes." },
    load15: { metric: "cpu_load15", unit: "count", help: "Load average of the machine over 15 minutes." },
    coreCount: { metric: "cpu_cores", unit: "count", help: "Cores of the machine that are switched on." },
    cpuPressureRatio: {
      metric: "cpu_pressure",
      unit: "ratio",
      help: "Share of the last minute in which some task waited for a core.",
    },
    memoryPressureRatio: {
      metric: "memory_pressure",
      unit: "ratio",
      help: "Share of the last minute in which every task waited for memory.",
    },
    ioPressureRatio: {
      metric: "io_pressure",
      unit: "ratio",
      help: "Share of the last minute in which every task waited for disks.",
    },
    throttledRatio: {
      metric: "cpu_throttled",
      unit: "ratio",
      help: "Share of the periods of the CPU limit in which its time ran out, since the last run; of several the highest.",
    },
  },
  create: (given) => createCpuCheck(given, systemRoots),
});

/** The check on other roots than the system's, for tests. */
export function createCpuCheck(given: Options, roots: SystemRoots): Check {
  let previous: CpuState | undefined;
  return {
    run() {
      const state = readCpuState(roots, given.pressureOf);
      const throttled = throttledRatio(previous?.throttling, state.throttling);
      previous = state;
      return judgeCpu(state, throttled, given);
    },
  };
}

/** Between two looks; of several limits the one that throttles most. No data before the second look. */
export function throttledRatio(
  before: ReadonlyMap<string, Throttling> | undefined,
  now: ReadonlyMap<string, Throttling>,
): Reading<number> {
  if (now.size === 0) return unsupported;
  const ratios = [...now].flatMap(([cgroup, { periods, throttledPeriods }]) => {
    const earlier = before?.get(cgroup);
    if (earlier === undefined || periods <= earlier.periods) return [];
    return [(throttledPeriods - earlier.throttledPeriods) / (periods - earlier.periods)];
  });
  return ratios.length === 0 ? lost : present(Math.max(...ratios));
}

const stalls: Readonly<Record<Resource, string>> = {
  cpu: "some task waited for a core",
  memory: "every task waited for memory",
  io: "every task waited for disks",
};

const remedies: Readonly<Record<Resource, string>> = {
  cpu: "see with top what computes, and give the machine or the container more cores or less to do",
  memory: "see what uses the memory, and give the machine or the container more of it",
  io: "see with iotop what reads and writes, and whether a disk is at fault",
};

export function judgeCpu(state: CpuState, throttled: Reading<number>, given: Options): Result {
  const { load, coreCount, pressure } = state;
  const pressureReading = (resource: Resource) =>
    pressure[resource] === undefined ? unsupported : present(pressure[resource]);
  const readings = {
    load1: present(load.load1),
    load5: present(load.load5),
    load15: present(load.load15),
    coreCount: present(coreCount),
    cpuPressureRatio: pressureReading("cpu"),
    memoryPressureRatio: pressureReading("memory"),
    ioPressureRatio: pressureReading("io"),
    throttledRatio: throttled,
  };
  const unhealthy = (reason: Reason, message: string, remedy: string): Result => {
    return { status: "unhealthy", reason, message, remedy, readings };
  };

  const [perCore, allowedLoad] = formatAgainst(load.load5 / coreCount, given.maxLoadPerCore, formatNumber);
  const loadFigures = `load ${perCore} per core over 5 minutes (cores: ${coreCount}), ${allowedLoad} allowed`;
  if (load.load5 / coreCount > given.maxLoadPerCore) {
    return unhealthy("cpu_overloaded", loadFigures, remedies.cpu);
  }
  const of = given.pressureOf === "machine" ? "this machine" : "this cgroup";
  for (const resource of ["cpu", "memory", "io"] as const) {
    const limit = given.maxPressure?.[resource];
    const found = pressure[resource];
    if (limit === undefined) continue;
    if (found === undefined) return { ...pressureUnavailable(given.pressureOf, resource), readings };
    if (found <= limit) continue;
    const [share, allowed] = formatAgainst(found, limit, formatPercent);
    const message = `on ${of} ${stalls[resource]} in ${share} of the last minute, ${allowed} allowed`;
    return unhealthy(`${resource}_pressure`, message, remedies[resource]);
  }
  if (given.maxThrottled !== undefined && throttled.ok && throttled.value > given.maxThrottled) {
    const [share, allowed] = formatAgainst(throttled.value, given.maxThrottled, formatPercent);
    const message = `the CPU limit of this process's cgroup ran out in ${share} of its periods, ${allowed} allowed`;
    return unhealthy("cpu_throttled", message, "raise the CPU limit of the container or the unit");
  }
  return healthy(loadFigures, readings);
}

function pressureUnavailable(scope: PressureScope, resource: Resource): Result {
  const where =
    scope === "machine" ? `/proc/pressure/${resource}` : `${resource}.pressure of this process's cgroup (v2)`;
  return {
    status: "unhealthy",
    reason: "pressure_unavailable",
    message: `this kernel does not tell ${where}, so maxPressure.${resource} cannot be judged`,
    remedy: `boot with psi=1 on Linux 4.20 or newer, or leave maxPressure.${resource} out`,
  };
}

const formatNumber = (value: number, decimals: number): string => String(Number(value.toFixed(decimals)));
