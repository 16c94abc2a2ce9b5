/** When a program is started anew. All durations in milliseconds. */
export interface RestartPolicy {
  /** How many failures in a row it takes. */
  readonly failures: number;
  /** For how long it must have failed, too. */
  readonly forMs: number;
  /** After each start failures do not count for this long. */
  readonly graceMs: number;
  /** The wait before the first restart; it doubles with each further one of the window, up to `maxBackoffMs`. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** No more restarts than this within `windowMs`. */
  readonly maxRestarts: number;
  readonly windowMs: number;
}

/** A program and its arguments. */
export type Command = readonly [string, ...string[]];

/** How the program is started anew. */
export type SupervisedTarget =
  /** A program that the supervisor runs itself. */
  | { readonly kind: "run"; readonly command: Command }
  /** A command that restarts it. */
  | { readonly kind: "command"; readonly command: Command }
  | { readonly kind: "unit"; readonly unit: string };

export interface Supervision extends RestartPolicy {
  readonly target: SupervisedTarget;
  /** Whose failures count; undefined: only the end of a program of our own does. */
  readonly component?: string | undefined;
  readonly cwd?: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** From SIGTERM to SIGKILL, for a program of our own. */
  readonly stopTimeoutMs: number;
  /** The deadline of a command, or of a unit's restart. */
  readonly timeoutMs: number;
  /** Say what would be done about failures, and do nothing. */
  readonly dryRun: boolean;
}

/** What a supervisor has done so far, for metrics. */
export interface SupervisionCounts {
  readonly name: string;
  readonly restarts: Readonly<Record<"done" | "failed" | "dry_run", number>>;
  readonly hasGivenUp: boolean;
}
