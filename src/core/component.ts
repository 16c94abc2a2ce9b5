import type { CheckAbout } from "./check.js";
import type { Result, Subject } from "./result.js";
import type { CheckState } from "./transition.js";

/** No component's name is longer, in bytes of UTF-8. Names travel in gRPC requests, URLs and metric labels. */
export const maxComponentNameBytes = 200;

/** A check's state as the registry keeps it, one entry for each subject of the check. */
export interface CheckEntry {
  readonly check: string;
  readonly type: string;
  readonly subject?: Subject;
  readonly state: CheckState;
  /** How long the last finished run of the check took, in milliseconds; absent while none has finished. */
  readonly lastRunMs?: number;
}

/** A name served over gRPC, and the checks that decide its status. */
export interface ComponentDefinition {
  readonly name: string;
  /** The component that this one repeats under another name. */
  readonly aliasOf?: string;
  readonly description?: string;
  /** Names of checks whose failure makes the component unhealthy. */
  readonly critical: readonly string[];
  /** Names of checks whose failure makes it degraded. */
  readonly optional: readonly string[];
  /** Traffic depends on it: a drain makes it unhealthy. Never set for liveness, startup and the GPUs themselves. */
  readonly carriesTraffic: boolean;
  /** Once it was healthy or degraded it is healthy for good: `startup`. */
  readonly latches?: boolean;
}

/** The checks that decide a component, by name. */
export type NamedChecks = Pick<ComponentDefinition, "critical" | "optional">;

/** What becomes of a component when the check fails. */
export type Role = "critical" | "optional";

/** Entries of one check, or none while it has not answered. */
export type EntriesOf = (check: string) => readonly CheckEntry[];

/** What is known of the checks while a component is evaluated. */
export interface KnownChecks {
  readonly entriesOf: EntriesOf;
  readonly aboutOf: (check: string) => CheckAbout | undefined;
  /** What explains that the check is unhealthy; undefined where nothing that it depends on is known to be. */
  readonly rootCauseOf: (check: string) => CheckEntry | undefined;
}

/** `cache`, or `gpu on gpu/3` where the check has subjects. */
export const labelOf = (check: string, entry: CheckEntry | undefined): string =>
  entry?.subject === undefined ? check : `${check} on ${entry.subject.name}`;

/** Whether components that count the one entry are no different when they count the other: what passes explains nothing. */
export function contributesAlike(one: CheckEntry, other: CheckEntry): boolean {
  return (
    one.check === other.check &&
    one.state.status === other.state.status &&
    (one.state.status === "healthy" || saysAlike(one.state.reported, other.state.reported)) &&
    isSameSubject(one.subject, other.subject)
  );
}

const saysAlike = (one: Result, other: Result): boolean =>
  one.reason === other.reason && one.message === other.message && one.remedy === other.remedy;

const isSameSubject = (one: Subject | undefined, other: Subject | undefined): boolean =>
  one?.name === other?.name &&
  one?.aliases.length === other?.aliases.length &&
  (one?.aliases.every((alias, at) => alias === other?.aliases[at]) ?? true);
