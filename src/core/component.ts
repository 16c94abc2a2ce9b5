import type { Result, Subject } from "./result.js";
import { compareStatus, type Status } from "./status.js";
import type { CheckState } from "./transition.js";

/** No component's name is longer, in bytes of UTF-8. Names travel in gRPC requests, URLs and metric labels. */
export const maxComponentNameBytes = 200;

/** A check's state as the registry keeps it, one entry for each subject of the check. */
export interface CheckEntry {
  readonly check: string;
  readonly type: string;
  readonly subject?: Subject;
  readonly state: CheckState;
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

/** One check's part in a component's status. */
export interface Contribution {
  /** `cache`, or `gpu on gpu/3` where the check has subjects. */
  readonly label: string;
  readonly check: string;
  readonly subject?: string;
  readonly role: "critical" | "optional";
  readonly status: Status;
  readonly reason: string;
  readonly message: string;
  readonly remedy?: string;
}

/** A component's status, before drain and shutdown have their say. */
export interface Evaluation {
  readonly status: Status;
  readonly reason: string;
  readonly message: string;
  readonly remedy?: string;
  readonly contributions: readonly Contribution[];
}

/** Entries of one check, or none while it has not answered. */
export type EntriesOf = (check: string) => readonly CheckEntry[];

/** The worst that the critical checks say; optional ones count as degraded at most, and not at all while unanswered. */
export function evaluate(definition: ComponentDefinition, entriesOf: EntriesOf): Evaluation {
  return conclude([
    ...definition.critical.flatMap((check) => contributions(check, "critical", entriesOf(check))),
    ...definition.optional.flatMap((check) => contributions(check, "optional", entriesOf(check))),
  ]);
}

/** One subject's own component: critical on everything that any check says of it. */
export function evaluateSubject(entries: readonly CheckEntry[]): Evaluation {
  return conclude(entries.map((entry) => contribution(entry, "critical")));
}

function conclude(all: readonly Contribution[]): Evaluation {
  let worst: Contribution | undefined;
  let worstEffect: Status = "healthy";
  for (const each of all) {
    const effect = effectOf(each);
    if (compareStatus(effect, worstEffect) > 0) {
      worst = each;
      worstEffect = effect;
    }
  }
  if (worst === undefined) return { status: "healthy", reason: "ok", message: "all checks pass", contributions: all };
  const { reason, message, remedy } = worst;
  return { status: worstEffect, reason, message, ...(remedy === undefined ? {} : { remedy }), contributions: all };
}

function effectOf({ role, status }: Contribution): Status {
  if (role === "critical") return status;
  return status === "unhealthy" ? "degraded" : status === "unknown" ? "healthy" : status;
}

function contributions(
  check: string,
  role: Contribution["role"],
  entries: readonly CheckEntry[],
): readonly Contribution[] {
  if (entries.length > 0) return entries.map((entry) => contribution(entry, role));
  const message = `check ${check} has not answered yet`;
  return [{ label: check, check, role, status: "unknown", reason: "not_checked_yet", message }];
}

function contribution({ check, subject, state }: CheckEntry, role: Contribution["role"]): Contribution {
  const { reason, message, remedy } = state.reported;
  return {
    label: subject === undefined ? check : `${check} on ${subject.name}`,
    check,
    ...(subject === undefined ? {} : { subject: subject.name }),
    role,
    status: state.status,
    reason,
    message,
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** Whether components that count the one entry are no different when they count the other. */
export function contributesAlike(one: CheckEntry, other: CheckEntry): boolean {
  return (
    one.check === other.check &&
    one.state.status === other.state.status &&
    saysAlike(one.state.reported, other.state.reported) &&
    isSameSubject(one.subject, other.subject)
  );
}

const saysAlike = (one: Result, other: Result): boolean =>
  one.reason === other.reason && one.message === other.message && one.remedy === other.remedy;

const isSameSubject = (one: Subject | undefined, other: Subject | undefined): boolean =>
  one?.name === other?.name &&
  one?.aliases.length === other?.aliases.length &&
  (one?.aliases.every((alias, at) => alias === other?.aliases[at]) ?? true);
