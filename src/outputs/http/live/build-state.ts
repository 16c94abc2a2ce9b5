import { assertNever } from "../../../core/assert-never.js";
import { type CheckEntry, labelOf } from "../../../core/component.js";
import { shownAbout } from "../../../core/contribution.js";
import type { ComponentState, Registry } from "../../../core/registry.js";
import type { Readings } from "../../../core/result.js";
import type {
  LiveCheck,
  LiveComponent,
  LiveConfiguration,
  LiveDecision,
  LiveGpu,
  LiveLibrary,
  LiveState,
} from "../../../live/state.js";
import { type GpuReport, gpuReports } from "../gpu-report.js";
import { type GpuLibrary, type ReportContext, undefinedReadiness } from "../report.js";
import { iso, verdictOf } from "../verdict.js";

/** Milliseconds since 1970 of a time on the monotonic clock. */
export type ToWallMs = (monotonicMs: number) => number;

/** What a chart or a figure of the page needs of a GPU's readings; there are forty more. */
const shownReadings = [
  "memoryTotalBytes",
  "memoryFreeBytes",
  "gpuUtilizationRatio",
  "temperatureCelsius",
  "memoryTemperatureCelsius",
  "slowdownCelsius",
  "powerWatts",
  "powerLimitWatts",
] as const;

/** What there is to see now. */
export function buildLiveState(registry: Registry, context: ReportContext, toWallMs: ToWallMs): LiveState {
  const { clock, hostname, version, startedAtWallMs } = context;
  const readiness = registry.get("readiness");
  const drain = registry.drainState;
  const entries = registry.checks();
  const isoOf = (monotonicMs: number): string => iso(toWallMs(monotonicMs));
  return {
    ...(readiness === undefined
      ? undefinedReadiness
      : {
          ...verdictOf(readiness),
          serving: readiness.serving,
          sinceWallMs: readiness.sinceWallMs,
          ...decisionOf(readiness),
        }),
    atWallMs: clock.wallMs(),
    server: { hostname, version, node: process.versions.node, startedAtWallMs },
    ...(drain === undefined ? {} : { drain }),
    library: liveLibrary(context.gpuLibrary()),
    configuration: liveConfiguration(context),
    gpus: Object.fromEntries(gpuReports(registry, entries, isoOf).map((gpu) => [gpu.name, liveGpu(gpu)])),
    components: liveComponents(registry),
    checks: Object.fromEntries(
      entries.map((entry) => [labelOf(entry.check, entry), liveCheck(entry, registry, toWallMs)]),
    ),
  };
}

function liveGpu({ name: _, since, labels, readings, faults, processes, ...verdict }: GpuReport): LiveGpu {
  return {
    ...verdict,
    sinceWallMs: Date.parse(since),
    index: Number(labels.gpu),
    ...about({ mig: labels.mig, model: labels.name, uuid: labels.uuid, pciBusId: labels.pci_bus_id }),
    readings: shown(readings),
    faults: faults.map(({ since: faultSince, ...fault }) => ({ ...fault, sinceWallMs: Date.parse(faultSince) })),
    processes,
  };
}

const shown = (readings: Readings): Readings =>
  Object.fromEntries(
    shownReadings.flatMap((name) => {
      const reading = readings[name];
      return reading === undefined ? [] : [[name, reading]];
    }),
  );

/** What is known of it: labels are empty where nothing is. */
const about = <T extends Readonly<Record<string, string | undefined>>>(texts: T): { [K in keyof T]?: string } =>
  Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined && text !== "")) as {
    [K in keyof T]?: string;
  };

const decisionOf = ({ decidedBy }: ComponentState): { readonly decidedBy?: LiveDecision } =>
  decidedBy === undefined ? {} : { decidedBy };

function liveComponents(registry: Registry): Record<string, LiveComponent> {
  const components = new Map<string, LiveComponent>();
  const aliases = new Map<string, string[]>();
  for (const state of registry.list()) {
    const { name, aliasOf, serving, sinceWallMs, description, consequenceOf } = state;
    if (aliasOf !== undefined) {
      aliases.set(aliasOf, [...(aliases.get(aliasOf) ?? []), name]);
      continue;
    }
    components.set(name, {
      ...verdictOf(state),
      serving,
      sinceWallMs,
      aliases: [],
      ...decisionOf(state),
      ...(description === undefined ? {} : { description }),
      ...(consequenceOf === undefined ? {} : { consequenceOf }),
    });
  }
  return Object.fromEntries(
    [...components].map(([name, component]) => [name, { ...component, aliases: aliases.get(name) ?? [] }]),
  );
}

function liveCheck(entry: CheckEntry, registry: Registry, toWallMs: ToWallMs): LiveCheck {
  const { check, type, subject, state, lastRunMs } = entry;
  const { status, reported, sinceMs, observedAtMs, consecutiveFailures, streak, latest } = state;
  const consequenceOf = registry.consequenceOf(entry);
  return {
    check,
    type,
    ...(subject === undefined ? {} : { subject: subject.name }),
    ...shownAbout(registry.aboutCheck(check)),
    ...verdictOf({ ...reported, status }),
    sinceWallMs: toWallMs(sinceMs),
    ...(consequenceOf === undefined ? {} : { consequenceOf }),
    consecutiveFailures,
    ...(lastRunMs === undefined ? {} : { lastRunMs: Math.round(lastRunMs * 10) / 10 }),
    latest: {
      status: latest.status,
      reason: latest.reason,
      message: latest.message,
      observedAtWallMs: toWallMs(observedAtMs),
      ...(latest.metadata === undefined ? {} : { metadata: latest.metadata }),
    },
    ...(streak === undefined ? {} : { streak: { direction: streak.direction, length: streak.length } }),
  };
}

function liveLibrary(library: GpuLibrary): LiveLibrary {
  switch (library.phase) {
    case "off":
      return { phase: "off" };
    case "opening":
      return { phase: "opening", path: library.path };
    case "failed": {
      const { reason, message, remedy } = library;
      return { phase: "failed", reason, message, remedy };
    }
    case "ready": {
      const { simulated, driverVersion } = library;
      return { phase: "ready", simulated, ...(driverVersion.ok ? { driverVersion: driverVersion.value } : {}) };
    }
    default:
      return assertNever(library);
  }
}

function liveConfiguration(context: ReportContext): LiveConfiguration {
  const { file, loadedAtWallMs, lastReload, restartNeeded } = context.configuration();
  return {
    ...(file === undefined ? {} : { file }),
    loadedAtWallMs,
    errors: lastReload.ok ? [] : lastReload.errors,
    restartNeeded,
  };
}
