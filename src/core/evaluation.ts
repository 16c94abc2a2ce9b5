import { type CheckEntry, type KnownChecks, labelOf, type NamedChecks, type Role } from "./component.js";
import type { ComponentReason } from "./component-reasons.js";
import { compareStatus, type Status } from "./status.js";

/** A component's status, before drain and shutdown have their say. */
export interface Evaluation {
  readonly status: Status;
  readonly reason: string;
  readonly message: string;
  readonly remedy?: string;
  /** Absent where all pass. */
  readonly decidedBy?: DecidedBy;
  /** The check whose failure explains the status, where the check that decides it fails as a consequence. */
  readonly consequenceOf?: string;
}

/** The check that a component has its status from, and what that check looked at. */
export interface DecidedBy {
  readonly check: string;
  readonly subject?: string;
}

/** The worst that the critical checks say; optional ones count as degraded at most, and not at all while unanswered. */
export function evaluate({ critical, optional }: NamedChecks, checks: KnownChecks): Evaluation {
  const worst = new Worst(checks);
  for (const check of critical) {
    if (worst.isFinal) break;
    worst.considerCheck(check, "critical");
  }
  for (const check of optional) {
    if (worst.isFinal) break;
    worst.considerCheck(check, "optional");
  }
  return worst.conclusion();
}

/** One subject's own component: critical on everything that any check says of it. */
export function evaluateSubject(entries: readonly CheckEntry[], checks: KnownChecks): Evaluation {
  const worst = new Worst(checks);
  for (const entry of entries) worst.consider(entry.check, "critical", entry);
  return worst.conclusion();
}

/** The worst of what was considered. Makes no objects on the way: a component may have hundreds of checks. */
class Worst {
  private effect: Status = "healthy";
  private check = "";
  private entry: CheckEntry | undefined;
  private cause: CheckEntry | undefined;

  constructor(private readonly checks: KnownChecks) {}

  /** Whether nothing that follows can change the conclusion: spares looking at hundreds of checks while all of them fail. */
  get isFinal(): boolean {
    return this.effect === "unhealthy" && this.cause === undefined;
  }

  considerCheck(check: string, role: Role): void {
    const entries = this.checks.entriesOf(check);
    if (entries.length === 0) this.consider(check, role, undefined);
    for (const entry of entries) this.consider(check, role, entry);
  }

  /** Of equals the first one explains the component, but what fails by itself goes before consequences. */
  consider(check: string, role: Role, entry: CheckEntry | undefined): void {
    const effect = effectOf(role, entry?.state.status ?? "unknown");
    const order = compareStatus(effect, this.effect);
    if (order < 0 || effect === "healthy") return;
    if (order === 0 && this.cause === undefined) return;
    const cause = causeOf(entry, this.checks);
    if (order === 0 && cause !== undefined) return;
    Object.assign(this, { effect, check, entry, cause });
  }

  conclusion(): Evaluation {
    if (this.effect === "healthy") return { status: "healthy", reason: "ok", message: "all checks pass" };
    const own = said(this.check, this.entry);
    const { check, entry } = this;
    const decidedBy = { check, ...(entry?.subject === undefined ? {} : { subject: entry.subject.name }) };
    if (this.cause === undefined) return { status: this.effect, ...own, decidedBy };
    const { reason, message, remedy } = this.cause.state.reported;
    const failing = labelOf(this.check, this.entry);
    return {
      status: this.effect,
      reason,
      message: `${labelOf(this.cause.check, this.cause)}: ${message} (${failing} fails as a consequence: ${own.message})`,
      ...(remedy === undefined ? {} : { remedy }),
      decidedBy,
      consequenceOf: this.cause.check,
    };
  }
}

function effectOf(role: Role, status: Status): Status {
  if (role === "critical") return status;
  return status === "unhealthy" ? "degraded" : status === "unknown" ? "healthy" : status;
}

/** Only what is unhealthy is a consequence: what passes all the same needs no explanation. */
export const causeOf = (entry: CheckEntry | undefined, checks: KnownChecks): CheckEntry | undefined =>
  entry?.state.status === "unhealthy" ? checks.rootCauseOf(entry.check) : undefined;

const notCheckedYet: ComponentReason = "not_checked_yet";

/** The reason and the words of an entry, or of a check that has none yet. */
export function said(check: string, entry: CheckEntry | undefined): Pick<Evaluation, "reason" | "message" | "remedy"> {
  if (entry === undefined) return { reason: notCheckedYet, message: `check ${check} has not answered yet` };
  const { reason, message, remedy } = entry.state.reported;
  return { reason, message, ...(remedy === undefined ? {} : { remedy }) };
}
