import type { Schedule } from "../core/check.js";

/** A valid configuration: every default filled in, durations in milliseconds, sizes in bytes. */
export interface Configuration {
  readonly grpc: GrpcConfiguration;
  readonly http: { readonly listen: readonly string[] };
  readonly admin: { readonly listen: readonly string[] };
  readonly gpu: GpuConfiguration;
  readonly drain: DrainConfiguration;
  readonly log: { readonly level: LogLevel };
  readonly checks: readonly CheckConfiguration[];
  readonly components: readonly ComponentConfiguration[];
}

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface GrpcConfiguration {
  /** `HOST:PORT`, `[IPV6]:PORT` or `unix:PATH`. */
  readonly listen: readonly string[];
  /** Open Watch streams at most; one more is answered RESOURCE_EXHAUSTED. */
  readonly maxWatchers: number;
  /** A ping after `intervalMs` without traffic; a connection that does not answer in `timeoutMs` is closed. */
  readonly keepalive: { readonly intervalMs: number; readonly timeoutMs: number };
}

export interface GpuConfiguration {
  readonly mode: "auto" | "required" | "off";
  /** How often each GPU is sampled. */
  readonly intervalMs: number;
  /** An NVML call that takes longer is stalled, and a snapshot that is older is no data. */
  readonly stallAfterMs: number;
  /** Path of the NVML library; undefined: `libnvidia-ml.so.1` as the system finds it. */
  readonly library?: string;
}

export interface DrainConfiguration {
  /** From SIGTERM to the end of the streams, so that load balancers learn of it. */
  readonly delayMs: number;
  /** From SIGTERM to the exit of the process, whatever hangs. */
  readonly deadlineMs: number;
}

/** One check, as configured or built in. */
export interface CheckConfiguration {
  readonly name: string;
  readonly type: string;
  readonly schedule: Schedule;
  /** Not asked for by the user: where there is no NVML, an implicit gpu check is left out instead of failing. */
  readonly isImplicit: boolean;
  /** As the check type's own schema gives them. */
  readonly options: unknown;
}

export interface ComponentConfiguration {
  readonly name: string;
  readonly description?: string;
  readonly critical: readonly string[];
  readonly optional: readonly string[];
}
