import { assertNever } from "../core/assert-never.js";
import type { Drill } from "./drill.js";
import { clocksEventReasons, fabricStates, recoveryActions } from "./drill-words.js";

/** Keys and values of the simulator's state file. */
export type Overrides = ReadonlyMap<string, string>;

export interface Surroundings {
  readonly gpuCount: number;
  /** Since 1970, as the simulated library counts a leak. */
  readonly nowMs: number;
}

type Entry = readonly [key: string, value: string];
type GpuDrill = Extract<Drill, { readonly gpu: number | "all" }>;
type DriverDrill = Exclude<Drill, GpuDrill>;

/** The overrides after one more drill. The last word on a value wins. */
export function applyDrill(overrides: Overrides, drill: Drill, surroundings: Surroundings): Overrides {
  if (!("gpu" in drill)) return applyToDriver(overrides, drill);
  const { gpuCount } = surroundings;
  const indices = drill.gpu === "all" ? Array.from({ length: gpuCount }, (_, index) => index) : [drill.gpu];
  const next = indices.reduce((before, index) => applyToGpu(before, drill, index, surroundings), overrides);
  return drill.kind === "reset" && drill.gpu === "all" ? without(next, isUndoneWithAll) : next;
}

function applyToGpu(overrides: Overrides, drill: GpuDrill, index: number, { nowMs }: Surroundings): Overrides {
  const prefix = `gpu.${index}.`;
  const ofGpu = (isGone: (key: string) => boolean) => (key: string) =>
    key.startsWith(prefix) && isGone(key.slice(prefix.length));
  switch (drill.kind) {
    case "reset":
      // What has happened cannot be undone; its number also tells the library what is new.
      return without(
        overrides,
        ofGpu((key) => !key.startsWith("event.")),
      );
    case "xid": {
      const instance = drill.gpuInstance === undefined ? "" : ` ${drill.gpuInstance} ${drill.computeInstance}`;
      return set(overrides, [[`${prefix}event.${nextEvent(overrides)}`, `xid ${drill.code}${instance}`]]);
    }
    default: {
      const entries = entriesOf(drill, nowMs).map(([key, value]): Entry => [`${prefix}${key}`, value]);
      // Instances that there are no more have no memory either.
      const kept = drill.kind === "mig" && drill.instances !== undefined ? migSetting : () => false;
      return set(without(overrides, ofGpu(kept)), entries);
    }
  }
}

const migSetting = (key: string): boolean => /^mig\.\d/.test(key);

/** The settings of one GPU that a drill changes, without what names the GPU. */
function entriesOf(drill: Exclude<GpuDrill, { kind: "reset" | "xid" }>, nowMs: number): readonly Entry[] {
  switch (drill.kind) {
    case "memory":
      return [["memory.free", `${drill.freeBytes}`]];
    case "leak":
      return [
        ["memory.leak", `${drill.bytesPerSecond}`],
        ["memory.leak.since", `${nowMs}`],
      ];
    case "utilization":
      return [["utilization.gpu", `${drill.gpuPercent}`], ...given("utilization.memory", drill.memoryPercent)];
    case "temperature":
      return [...given("temperature", drill.celsius), ...given("temperature.memory", drill.memoryCelsius)];
    case "power":
      return [["power", `${Math.round(drill.watts * 1000)}`]];
    case "throttle":
      return [["clock.event_reasons", `${clocksEventReasons[drill.reason]}`]];
    case "persistence":
      return [["persistence", `${drill.enabled}`]];
    case "ecc":
      return [
        ...given("ecc.volatile.corrected", drill.corrected),
        ...given("ecc.aggregate.corrected", drill.corrected),
        ...given("ecc.volatile.uncorrected", drill.uncorrected),
        ...given("ecc.aggregate.uncorrected", drill.uncorrected),
      ];
    case "rows":
      return [
        ...given("rows.uncorrectable", drill.uncorrectable ?? (drill.pending ? 1 : undefined)),
        ...given("rows.pending", drill.pending),
        ...given("rows.failed", drill.failed),
      ];
    case "pages":
      return [
        ...given("pages.double_bit", drill.doubleBit ?? (drill.pending ? 1 : undefined)),
        ...given("pages.pending", drill.pending),
      ];
    case "recovery-action":
      return [
        ["recovery_action", `${typeof drill.action === "number" ? drill.action : recoveryActions[drill.action]}`],
      ];
    case "pcie":
      return [
        ...given("pcie.width", drill.width),
        ...given("pcie.generation", drill.generation),
        ...given("pcie.replays", drill.replays),
      ];
    case "nvlink":
      return [
        ...given(`nvlink.${drill.link}.active`, drill.down === undefined ? undefined : !drill.down),
        ...given(`nvlink.${drill.link}.crc_errors`, drill.errors),
      ];
    case "fabric":
      return [
        ["fabric.state", `${fabricStates[drill.state]}`],
        ...given("fabric.status", drill.status),
        ...given("fabric.health_mask", drill.healthMask),
      ];
    case "mig":
      return [
        ...given("mig.enabled", drill.instances === undefined ? undefined : drill.instances > 0),
        ...given("mig.count", drill.instances),
        ...given(`mig.${drill.instance}.memory.free`, drill.freeBytes),
      ];
    case "process":
      return [
        // At least one setting makes the process known.
        [`process.${drill.pid}.gone`, `${drill.gone ?? false}`],
        ...given(`process.${drill.pid}.used`, drill.usedBytes),
        ...given(`process.${drill.pid}.name`, drill.name),
        ...given(`process.${drill.pid}.mig`, drill.instance),
      ];
    case "return-code":
      return [[`return.${drill.function}`, `${drill.code}`]];
    case "latency":
      return [[`latency.${drill.function}`, `${drill.delayMs}ms`]];
    case "hang":
      return [[`hang.${drill.function}`, "true"]];
    case "lose":
      return [["lost", "true"]];
    case "remove":
      return [["absent", "true"]];
    default:
      return assertNever(drill);
  }
}

function applyToDriver(overrides: Overrides, drill: DriverDrill): Overrides {
  switch (drill.kind) {
    case "cuda":
      return set(overrides, [
        ...given(`cuda.return.${drill.function}`, drill.code),
        ...given(`cuda.latency.${drill.function}`, drill.delayMs === undefined ? undefined : `${drill.delayMs}ms`),
        ...given(`cuda.hang.${drill.function}`, drill.hang),
        ...given(`cuda.crash.${drill.function}`, drill.crash),
        ...given("cuda.wrong_result", drill.wrongResult),
      ]);
    case "unload-driver":
      return set(overrides, [["driver.loaded", "false"]]);
    case "reload-driver":
      return loadDriver(overrides);
    case "upgrade-driver": {
      const version = drill.version ?? nextVersion(overrides.get("driver_version") ?? firstVersion);
      return set(loadDriver(overrides), [
        ["driver_version", version],
        ["nvml_version", `13.${version}`],
      ]);
    }
    default:
      return assertNever(drill);
  }
}

/** The simulated library's own version, where the state file names none. */
const firstVersion = "580.95.05";

const nextVersion = (version: string): string => version.replace(/^\d+/, (major) => `${Number(major) + 1}`);

/** A driver that is loaded anew: its processes have ended, what counts since its start is 0, and what was to be mended by
 *  a reset is mended. */
function loadDriver(overrides: Overrides): Overrides {
  const generation = Number(overrides.get("driver.generation") ?? 1) + 1;
  return set(
    without(overrides, (key) => key === "driver.loaded" || endsWithTheDriver.test(key)),
    [["driver.generation", `${generation}`]],
  );
}

const endsWithTheDriver =
  /^gpu\.\d+\.(process\.|memory\.leak|ecc\.volatile\.|rows\.pending$|pages\.pending$|recovery_action$)/;

/** Beside what is about single GPUs. A driver stays the one that was loaded last. */
const isUndoneWithAll = (key: string): boolean => key === "driver.loaded" || key.startsWith("cuda.");

/** Events are numbered through all GPUs. */
function nextEvent(overrides: Overrides): number {
  const numbers = [...overrides.keys()].map((key) => Number(/^gpu\.\d+\.event\.(\d+)$/.exec(key)?.[1] ?? 0));
  return Math.max(0, ...numbers) + 1;
}

const given = (key: string, value: number | string | boolean | undefined): readonly Entry[] =>
  value === undefined ? [] : [[key, `${value}`]];

/** With these entries, as the last ones: the state file takes its lines in order. */
function set(overrides: Overrides, entries: readonly Entry[]): Overrides {
  const next = new Map(overrides);
  for (const [key, value] of entries) {
    next.delete(key);
    next.set(key, value);
  }
  return next;
}

const without = (overrides: Overrides, isGone: (key: string) => boolean): Overrides =>
  new Map([...overrides].filter(([key]) => !isGone(key)));
