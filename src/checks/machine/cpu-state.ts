import { join } from "node:path";
import { CheckError } from "../result.js";
import { cgroupsAbove } from "./cgroup.js";
import { SystemFiles, type SystemRoots } from "./system-files.js";

/** What the kernel says at one moment. */
export interface CpuState {
  readonly load: LoadAverages;
  /** Cores that are switched on, of the whole machine: the load averages count all of its tasks too. */
  readonly coreCount: number;
  /** Undefined where the kernel has no figure. */
  readonly pressure: Readonly<Record<Resource, number | undefined>>;
  /** By cgroup, of those above this process that have a CPU limit. */
  readonly throttling: ReadonlyMap<string, Throttling>;
}

/** How many tasks ran, waited for a core or could not be interrupted, on average over this many minutes. */
export interface LoadAverages {
  readonly load1: number;
  readonly load5: number;
  readonly load15: number;
}

/** What tasks stall for. */
export type Resource = "cpu" | "memory" | "io";

/** Periods of a CPU limit since the cgroup was made, and those in which its time ran out. */
export interface Throttling {
  readonly periods: number;
  readonly throttledPeriods: number;
}

/** Whose pressure: that of all tasks of the machine, or of this process's cgroup, which in a container is the container. */
export type PressureScope = "machine" | "cgroup";

const files = new SystemFiles("cpu_unreadable");

/** @throws CheckError `cpu_unreadable` where a file that every Linux has cannot be read. */
export function readCpuState({ proc, sys, cgroup }: SystemRoots, scope: PressureScope): CpuState {
  const selfCgroup = files.readIfThere(join(proc, "self/cgroup")) ?? "";
  const [ownCgroup] = cgroupsAbove(selfCgroup, 2);
  const pressure = (resource: Resource): number | undefined => {
    const ofCgroup = ownCgroup === undefined ? undefined : join(cgroup, ownCgroup, `${resource}.pressure`);
    const path = scope === "machine" ? join(proc, "pressure", resource) : ofCgroup;
    return path === undefined ? undefined : parsePressure(files.readIfThere(path) ?? "", resource);
  };
  const statFiles = [
    ...cgroupsAbove(selfCgroup, 2).map((name) => [name, join(cgroup, name, "cpu.stat")] as const),
    ...cgroupsAbove(selfCgroup, { controller: "cpu" }).map(
      (name) => [name, join(cgroup, "cpu", name, "cpu.stat")] as const,
    ),
  ];
  return {
    load: expectFigures(join(proc, "loadavg"), parseLoad),
    coreCount: expectFigures(join(sys, "devices/system/cpu/online"), countCpus),
    pressure: { cpu: pressure("cpu"), memory: pressure("memory"), io: pressure("io") },
    throttling: new Map(
      statFiles.flatMap(([name, path]) => {
        const throttling = parseThrottling(files.readIfThere(path) ?? "");
        return throttling === undefined ? [] : [[name, throttling] as const];
      }),
    ),
  };
}

function expectFigures<T>(path: string, parse: (text: string) => T | undefined): T {
  const text = files.read(path);
  const figures = parse(text);
  if (figures !== undefined) return figures;
  throw new CheckError({ reason: "cpu_unreadable", message: `${path} is not as expected: ${JSON.stringify(text)}` });
}

/** `0.52 0.41 0.30 2/812 4711` (proc_loadavg(5)). */
export function parseLoad(text: string): LoadAverages | undefined {
  const [, load1, load5, load15] = /^([0-9.]+) ([0-9.]+) ([0-9.]+) /.exec(text) ?? [];
  if (load15 === undefined) return undefined;
  return { load1: Number(load1), load5: Number(load5), load15: Number(load15) };
}

/** How many there are in a list of CPUs as the kernel writes it: 6 for `0-3,8,10`. */
export function countCpus(list: string): number | undefined {
  const counts = list
    .trim()
    .split(",")
    .map((range) => {
      const [, first, last = first] = /^([0-9]+)(?:-([0-9]+))?$/.exec(range) ?? [];
      return Number(last) - Number(first) + 1;
    });
  const count = counts.reduce((sum, each) => sum + each, 0);
  return count >= 1 ? count : undefined;
}

/**
 * Share of the last minute in which tasks stalled for a resource, 0 to 1 (the kernel's accounting/psi). For a core: in
 * which at least one task waited; more can be missing only within a limit. For memory and io: in which all of them did,
 * so that nothing got done; single tasks that wait for a disk are everyday life.
 */
export function parsePressure(text: string, resource: Resource): number | undefined {
  const line = resource === "cpu" ? "some" : "full";
  const percent = new RegExp(`^${line} .*\\bavg60=([0-9.]+)`, "m").exec(text)?.[1];
  return percent === undefined ? undefined : Number(percent) / 100;
}

/** `nr_periods` and `nr_throttled` of cpu.stat; undefined where the cgroup has no CPU limit. */
export function parseThrottling(text: string): Throttling | undefined {
  const field = (name: string): number => Number(new RegExp(`^${name} ([0-9]+)$`, "m").exec(text)?.[1] ?? 0);
  const periods = field("nr_periods");
  return periods === 0 ? undefined : { periods, throttledPeriods: field("nr_throttled") };
}
