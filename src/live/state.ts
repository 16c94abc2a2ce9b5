import type { Readings } from "../core/result.js";
import type { Verdict as CheckStatus, ServingStatus, Status } from "../core/status.js";

/*
 * What the status page and `gpu-health top` show: the contract of `GET /status` and `GET /status/stream`. Times are
 * milliseconds since 1970, by the server's clock. What is absent is left out; nothing is ever null.
 */

/** A status and why. */
export interface LiveVerdict {
  readonly status: Status;
  readonly reason: string;
  readonly message: string;
  readonly remedy?: string;
}

/** Everything that changes while somebody looks, except the past. */
export interface LiveState extends LiveVerdict {
  readonly serving: ServingStatus;
  readonly decidedBy?: LiveDecision;
  /** When the status last changed. */
  readonly sinceWallMs?: number;
  /** When this was put together. */
  readonly atWallMs: number;
  readonly server: LiveServer;
  readonly drain?: LiveDrain;
  readonly library: LiveLibrary;
  readonly configuration: LiveConfiguration;
  /** By the component's name, `gpu/0` or `gpu/0/mig/1.0`. */
  readonly gpus: Readonly<Record<string, LiveGpu>>;
  /** By name, without aliases. */
  readonly components: Readonly<Record<string, LiveComponent>>;
  /** By label: `cache`, or `gpu on gpu/3` where the check has subjects. */
  readonly checks: Readonly<Record<string, LiveCheck>>;
}

export interface LiveServer {
  readonly hostname: string;
  readonly version: string;
  /** Of Node. */
  readonly node: string;
  readonly startedAtWallMs: number;
}

/** Why traffic is turned away on purpose. */
export interface LiveDrain {
  readonly reason: "draining" | "shutting_down";
  readonly message: string;
  readonly sinceWallMs: number;
}

/** The NVML library. */
export type LiveLibrary =
  | { readonly phase: "off" }
  | { readonly phase: "opening"; readonly path: string }
  | { readonly phase: "failed"; readonly reason: string; readonly message: string; readonly remedy: string }
  | { readonly phase: "ready"; readonly simulated: boolean; readonly driverVersion?: string };

export interface LiveConfiguration {
  readonly file?: string;
  readonly loadedAtWallMs: number;
  /** Why the file's newer content is not in force; empty where it is. */
  readonly errors: readonly string[];
  /** Options whose change waits for the next start. */
  readonly restartNeeded: readonly string[];
}

/** A GPU, or a MIG instance of one. */
export interface LiveGpu extends LiveVerdict {
  readonly sinceWallMs: number;
  /** Its number; an instance has its GPU's. */
  readonly index: number;
  /** Of an instance: `1.0` is GPU instance 1, compute instance 0. */
  readonly mig?: string;
  readonly model?: string;
  readonly uuid?: string;
  readonly pciBusId?: string;
  readonly readings: Readings;
  readonly faults: readonly LiveFault[];
  /** Who holds its memory, the largest first. */
  readonly processes: readonly LiveProcess[];
}

export interface LiveFault {
  readonly fault: string;
  readonly severity: "fatal" | "degraded" | "application";
  readonly message: string;
  readonly remedy: string;
  readonly sinceWallMs: number;
  readonly count: number;
}

export interface LiveProcess {
  readonly pid: string;
  /** Empty where the system does not tell. */
  readonly program: string;
  readonly kind: string;
  readonly usedBytes: number;
}

export interface LiveComponent extends LiveVerdict {
  readonly serving: ServingStatus;
  readonly sinceWallMs: number;
  readonly description?: string;
  readonly aliases: readonly string[];
  readonly decidedBy?: LiveDecision;
  /** The check whose failure explains the status, where the check that decides it fails as a consequence. */
  readonly consequenceOf?: string;
}

/** The check that a status comes from, and what that check looked at; left out where all checks pass. */
export interface LiveDecision {
  readonly check: string;
  readonly subject?: string;
}

export interface LiveCheck extends LiveVerdict {
  readonly check: string;
  readonly type: string;
  readonly subject?: string;
  readonly sinceWallMs: number;
  readonly description?: string;
  readonly runbook?: string;
  readonly dependsOn?: readonly string[];
  readonly consequenceOf?: string;
  readonly consecutiveFailures: number;
  /** How long the last finished run took. */
  readonly lastRunMs?: number;
  /** The newest answer, which may not have reached its threshold yet. */
  readonly latest: {
    readonly status: CheckStatus;
    readonly reason: string;
    readonly message: string;
    readonly observedAtWallMs: number;
    /** What it is that was looked at: version, role, name of the model. */
    readonly metadata?: Readonly<Record<string, string | number | boolean>>;
  };
  /** Answers in a row that point away from `status`. */
  readonly streak?: { readonly direction: "worse" | "better"; readonly length: number };
}

/** A component's change of status or reason. */
export interface LiveTransition {
  /** Counts up from 1. */
  readonly id: number;
  readonly atWallMs: number;
  readonly component: string;
  /** Left out where the component has just appeared. */
  readonly from?: Status;
  /** Left out where it is no longer served. */
  readonly to?: Status;
  readonly reason: string;
  readonly message: string;
}

/** The charted quantities of a GPU, in the order in which points carry them. */
export const historyMetrics = ["memoryTakenRatio", "gpuUtilizationRatio", "temperatureCelsius", "powerWatts"] as const;

export type HistoryMetric = (typeof historyMetrics)[number];

/** A value, or null where nothing was known at that time. */
export type Point = number | null;

/** The last minutes of every GPU, at one spacing. */
export interface LiveHistory {
  readonly stepMs: number;
  /** The time of the newest points. */
  readonly endWallMs: number;
  /** Points that are kept of each series; there may be fewer. */
  readonly capacity: number;
  /** By the GPU's name; of each metric the oldest first, the last at `endWallMs`. What a GPU never had is left out. */
  readonly gpus: Readonly<Record<string, Partial<Record<HistoryMetric, readonly Point[]>>>>;
}

/** One more point of every series. */
export interface LivePoints {
  readonly atWallMs: number;
  /** By the GPU's name, in the order of {@link historyMetrics}. */
  readonly gpus: Readonly<Record<string, readonly Point[]>>;
}

/** What `GET /status` gives, and what a stream begins with. */
export interface LiveStatus {
  readonly state: LiveState;
  readonly history: LiveHistory;
  /** The oldest first. */
  readonly transitions: readonly LiveTransition[];
}
