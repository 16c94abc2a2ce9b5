/** What became of an attempt to read the configuration again. */
export type ReloadOutcome =
  /** `restartNeeded` names the options whose change waits for the next start: `grpc.listen`. */
  | { readonly ok: true; readonly restartNeeded: readonly string[] }
  /** Nothing of it was taken. One sentence for each thing that is wrong. */
  | { readonly ok: false; readonly errors: readonly string[] };

/** Where the running configuration comes from and what became of the last attempt to replace it. */
export interface ConfigurationState {
  /** Path of its file; undefined: the defaults. */
  readonly file?: string;
  /** When the running configuration was read: milliseconds since 1970. */
  readonly loadedAtWallMs: number;
  /** Options whose change waits for the next start: `grpc.listen`. */
  readonly restartNeeded: readonly string[];
  /** The start is one that succeeded. */
  readonly lastReload: ReloadOutcome;
  /** When that was: milliseconds since 1970. */
  readonly lastReloadAtWallMs: number;
}
