/**
 * What a fault does to its GPU. `fatal`: unhealthy. `degraded`: still takes traffic. `application`: the fault of a
 * program, which never changes the GPU's status. `ignore`: no fault at all. XIDs are counted and logged in any case.
 */
export type Severity = "fatal" | "degraded" | "application" | "ignore";

/**
 * How long a fault stays. `signal`: as long as the driver shows it. `evidence`: until there is evidence of recovery (see
 * `evidence.ts`), since an event says nothing of its own end. `processes`: until then, or until the processes that were on
 * the GPU have ended, where a restart of the application mends it.
 */
export type Lasts = "signal" | "evidence" | "processes";

/** One fault: what it is called, what it does, and what to do about it. */
export interface RowOf<Name extends string> {
  /** The name everywhere: in the configuration, as the reason of a result, as a label. `xid_79`, `gpu_too_hot`. */
  readonly fault: Name;
  readonly severity: Severity;
  readonly lasts: Lasts;
  /** The end of a sentence that begins with the GPU's name. */
  readonly sentence: string;
  /** A restart of the program that uses the GPU mends it; absent: no restart does. */
  readonly mendedByRestart?: true;
  /** For a person. */
  readonly remedy: string;
  /** Who says so; where sources disagree, which one is followed and why. */
  readonly source: string;
}

export type XidFault = `xid_${number}`;

export const xidFault = (xid: number): XidFault => `xid_${xid}`;

/** The number in `xid_79`; undefined for every other fault. */
export function xidOf(fault: string): number | undefined {
  const digits = /^xid_(0|[1-9][0-9]{0,9})$/.exec(fault)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
