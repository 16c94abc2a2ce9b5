import type { AlertDelivery } from "../../core/alerting.js";
import type { CheckAbout } from "../../core/check.js";
import type { Clock } from "../../core/clock.js";
import type { CheckEntry } from "../../core/component.js";
import type { ComponentReason } from "../../core/component-reasons.js";
import { type Contribution, shownAbout } from "../../core/contribution.js";
import type { DecidedBy } from "../../core/evaluation.js";
import type { ComponentState, Registry } from "../../core/registry.js";
import type { ConfigurationState } from "../../core/reload.js";
import type { Reading, Result } from "../../core/result.js";
import type { ServingStatus } from "../../core/status.js";
import { type GpuReport, gpuReports } from "./gpu-report.js";
import { iso, type Verdict, verdictOf } from "./verdict.js";

/** What the report says beside what the registry knows. */
export interface ReportContext {
  readonly clock: Clock;
  /** Of this program. */
  readonly version: string;
  readonly hostname: string;
  /** Milliseconds since 1970. */
  readonly startedAtWallMs: number;
  readonly gpuLibrary: () => GpuLibrary;
  readonly configuration: () => ConfigurationState;
  readonly alertDeliveries: () => readonly AlertDelivery[];
}

/** The NVML library, in the words of `src/gpu/snapshot.ts`, of which outputs know nothing. */
export type GpuLibrary =
  | { readonly phase: "off" }
  | { readonly phase: "opening"; readonly path: string }
  | {
      readonly phase: "failed";
      readonly path: string;
      readonly reason: string;
      readonly message: string;
      readonly remedy: string;
    }
  | {
      readonly phase: "ready";
      readonly path: string;
      readonly simulated: boolean;
      readonly driverVersion: Reading<string>;
      readonly nvmlVersion: Reading<string>;
      readonly cudaDriverVersion: Reading<number>;
    };

export interface ComponentReport extends Verdict, Partial<DecidedBy> {
  readonly serving: ServingStatus;
  /** ISO 8601, as all times of the report. */
  readonly since: string;
  readonly description?: string;
  readonly aliasOf?: string;
  /** The check whose failure explains the status, where the check that decides it fails as a consequence. */
  readonly consequenceOf?: string;
  readonly checks: readonly Contribution[];
}

export interface CheckReport extends Verdict, Partial<CheckAbout> {
  readonly check: string;
  readonly type: string;
  readonly subject?: string;
  readonly since: string;
  /** How many unhealthy answers in a row the newest is the last of; 0 when it is none. */
  readonly consecutiveFailures: number;
  /** How long the last finished run took, in milliseconds. */
  readonly lastRunMs?: number;
  /** The newest result, which may not have reached its threshold yet. */
  readonly latest: Omit<Result, "faults" | "series"> & { readonly observedAt: string };
  /** The check that this one fails for: it is unhealthy, and so is something that it depends on. */
  readonly consequenceOf?: string;
  /** Answers in a row that point away from `status`. */
  readonly streak?: { readonly direction: "worse" | "better"; readonly length: number };
}

export interface ConfigurationReport {
  /** Path of the file; left out where the server runs on its defaults. */
  readonly file?: string;
  readonly loadedAt: string;
  /** What became of the last attempt to read it: with errors, the one of `loadedAt` is in force. */
  readonly lastReload: { readonly at: string; readonly ok: boolean; readonly errors?: readonly string[] };
  /** Options whose change waits for the next start. */
  readonly restartNeeded: readonly string[];
}

export interface AlertReport extends Omit<AlertDelivery, "lastError"> {
  /** Why the newest attempt failed; absent while it did not. */
  readonly lastError?: { readonly message: string; readonly at: string };
}

/** Everything there is to know, for `/health` and for the status page. */
export interface Report extends Verdict {
  readonly simulated: boolean;
  readonly serving: ServingStatus;
  readonly since?: string;
  readonly drain?: { readonly reason: string; readonly message: string; readonly since: string };
  readonly gpuLibrary: GpuLibrary;
  readonly gpus: readonly GpuReport[];
  readonly components: Readonly<Record<string, ComponentReport>>;
  readonly checks: readonly CheckReport[];
  readonly configuration: ConfigurationReport;
  readonly alerts: readonly AlertReport[];
  readonly hostname: string;
  readonly version: string;
  readonly node: string;
  readonly startedAt: string;
  readonly reportedAt: string;
}

/** Where a library's user defines no component of this name. */
export const undefinedReadiness: Verdict & { readonly serving: ServingStatus } = {
  status: "unknown",
  serving: "UNKNOWN",
  reason: "component_not_found" satisfies ComponentReason,
  message: "no component readiness is defined",
};

export function buildReport(registry: Registry, context: ReportContext): Report {
  const { clock } = context;
  const library = context.gpuLibrary();
  const readiness = registry.get("readiness");
  const drain = registry.drainState;
  const entries = registry.checks();
  const nowMs = clock.nowMs();
  const wallMs = clock.wallMs();
  const isoOf = (monotonicMs: number): string => iso(wallMs - (nowMs - monotonicMs));
  return {
    simulated: library.phase === "ready" && library.simulated,
    ...(readiness === undefined
      ? undefinedReadiness
      : { ...verdictOf(readiness), serving: readiness.serving, since: iso(readiness.sinceWallMs) }),
    ...(drain === undefined
      ? {}
      : { drain: { reason: drain.reason, message: drain.message, since: iso(drain.sinceWallMs) } }),
    gpuLibrary: library,
    gpus: gpuReports(registry, entries, isoOf),
    components: Object.fromEntries([...registry.list()].map((each) => [each.name, componentReport(each, registry)])),
    checks: entries.map((entry) => checkReport(entry, registry, isoOf)),
    configuration: configurationReport(context.configuration()),
    alerts: context.alertDeliveries().map(alertReport),
    hostname: context.hostname,
    version: context.version,
    node: process.versions.node,
    startedAt: iso(context.startedAtWallMs),
    reportedAt: iso(wallMs),
  };
}

function configurationReport(state: ConfigurationState): ConfigurationReport {
  const { file, loadedAtWallMs, lastReload, lastReloadAtWallMs, restartNeeded } = state;
  const at = iso(lastReloadAtWallMs);
  return {
    ...(file === undefined ? {} : { file }),
    loadedAt: iso(loadedAtWallMs),
    lastReload: lastReload.ok ? { at, ok: true } : { at, ok: false, errors: lastReload.errors },
    restartNeeded,
  };
}

function alertReport({ lastError, ...delivery }: AlertDelivery): AlertReport {
  if (lastError === undefined) return delivery;
  return { ...delivery, lastError: { message: lastError.message, at: iso(lastError.atWallMs) } };
}

function componentReport(component: ComponentState, registry: Registry): ComponentReport {
  const { serving, sinceWallMs, description, aliasOf, decidedBy, consequenceOf } = component;
  return {
    ...verdictOf(component),
    serving,
    since: iso(sinceWallMs),
    ...(description === undefined ? {} : { description }),
    ...(aliasOf === undefined ? {} : { aliasOf }),
    ...decidedBy,
    ...(consequenceOf === undefined ? {} : { consequenceOf }),
    checks: registry.contributions(component.name),
  };
}

function checkReport(entry: CheckEntry, registry: Registry, isoOf: (monotonicMs: number) => string): CheckReport {
  const { check, type, subject, state, lastRunMs } = entry;
  const consequenceOf = registry.consequenceOf(entry);
  const { status, reported, sinceMs, observedAtMs, consecutiveFailures, streak } = state;
  // What a GPU has is shown with the GPU.
  const { faults: _, series: __, ...latest } = state.latest;
  return {
    check,
    type,
    ...(subject === undefined ? {} : { subject: subject.name }),
    ...shownAbout(registry.aboutCheck(check)),
    ...verdictOf({ ...reported, status }),
    ...(consequenceOf === undefined ? {} : { consequenceOf }),
    since: isoOf(sinceMs),
    consecutiveFailures,
    ...(lastRunMs === undefined ? {} : { lastRunMs }),
    latest: { ...latest, observedAt: isoOf(observedAtMs) },
    ...(streak === undefined ? {} : { streak: { direction: streak.direction, length: streak.length } }),
  };
}
