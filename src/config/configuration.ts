import type { AlertReceiver } from "../core/alerting.js";
import type { CheckAbout, Schedule } from "../core/check.js";
import type { ConnectionLimits, ListenOptions } from "../core/listen-options.js";
import type { Supervision } from "../core/supervision.js";
import type { FaultOverrides } from "../gpu/faults/catalogue.js";

/** A valid configuration: every default filled in, durations in milliseconds, sizes in bytes. */
export interface Configuration {
  readonly grpc: GrpcConfiguration;
  readonly http: HttpConfiguration;
  readonly admin: AdminConfiguration;
  readonly gpu: GpuConfiguration;
  readonly metrics: { readonly dcgmNames: boolean };
  readonly drain: DrainConfiguration;
  readonly reload: ReloadConfiguration;
  readonly log: { readonly level: LogLevel };
  readonly checks: readonly CheckConfiguration[];
  readonly components: readonly ComponentConfiguration[];
  /** Programs to start anew, by name. */
  readonly supervise: Readonly<Record<string, Supervision>>;
  readonly alerts: readonly AlertReceiver[];
}

export type LogLevel = "debug" | "info" | "warn" | "error";

/** What all servers have. */
export interface ServerConfiguration extends ConnectionLimits {
  readonly listen: readonly ListenOptions[];
}

export interface HttpConfiguration extends ServerConfiguration {
  /** Who is told more than a status; undefined: everybody. */
  readonly details?:
    | { readonly allow?: readonly string[] | undefined; readonly token?: string | undefined }
    | undefined;
}

export interface AdminConfiguration extends ServerConfiguration {
  /** A text, or `file:/PATH` for the content of a file. */
  readonly token?: string | undefined;
}

export interface GrpcConfiguration extends ServerConfiguration {
  /** Open Watch streams at most; one more is answered RESOURCE_EXHAUSTED. */
  readonly maxWatchers: number;
  /** A ping after `intervalMs` without traffic; a connection that does not answer in `timeoutMs` is closed. */
  readonly keepalive: { readonly intervalMs: number; readonly timeoutMs: number };
  /** Undefined: no load reports. */
  readonly loadReports?: LoadReportsConfiguration | undefined;
}

export interface LoadReportsConfiguration {
  /** What the utilization of several GPUs comes to. */
  readonly utilization: "mean" | "max";
  /** Reported where no heartbeat says how many requests there are. */
  readonly requestsPerSecond?: number | undefined;
}

export interface GpuConfiguration {
  readonly mode: "auto" | "required" | "off";
  /** How often each GPU is sampled. */
  readonly intervalMs: number;
  /** How often what changes slowly is read. */
  readonly inspectionIntervalMs: number;
  /** An NVML call that takes longer is stalled, and a snapshot that is older is no data. */
  readonly stallAfterMs: number;
  /** Path of the NVML library; undefined: `libnvidia-ml.so.1` as the system finds it. */
  readonly library?: string;
  /** Where the catalogue of faults is to be different. */
  readonly faults: FaultOverrides;
  readonly detection: {
    /** Share of the window, 0 to 1, for which a GPU may be slowed down by heat, power brake or hardware. */
    readonly slowdownShare: number;
    readonly slowdownWindowMs: number;
    /** Over which time free memory must fall steadily to warn of a leak. */
    readonly leakWindowMs: number;
  };
}

export interface DrainConfiguration {
  /** From SIGTERM to the end of the streams, so that load balancers learn of it. */
  readonly delayMs: number;
  /** From SIGTERM to the exit of the process, whatever hangs. */
  readonly deadlineMs: number;
}

export interface ReloadConfiguration {
  /** Whether a change of the file is looked for. */
  readonly watch: boolean;
  readonly intervalMs: number;
}

/** One check, as configured or built in. */
export interface CheckConfiguration {
  readonly name: string;
  readonly type: string;
  readonly about: CheckAbout;
  readonly schedule: Schedule;
  /** Not asked for by the user: where there is no NVML, an implicit gpu check is left out instead of failing. */
  readonly isImplicit: boolean;
  /** As the check type's own schema gives them. */
  readonly options: unknown;
  /** What in the options is secret: texts, or `file:/PATH` for the content of a file. */
  readonly secrets: readonly string[];
}

export interface ComponentConfiguration {
  readonly name: string;
  readonly description?: string;
  readonly critical: readonly string[];
  readonly optional: readonly string[];
}
