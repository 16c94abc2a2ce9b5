import type { CheckAbout } from "./check.js";
import { type CheckEntry, type KnownChecks, labelOf, type NamedChecks, type Role } from "./component.js";
import { causeOf, said } from "./evaluation.js";
import type { Status } from "./status.js";

/** One check's part in a component's status. */
export interface Contribution extends Partial<CheckAbout> {
  /** `cache`, or `gpu on gpu/3` where the check has subjects. */
  readonly label: string;
  readonly check: string;
  readonly subject?: string;
  readonly role: Role;
  readonly status: Status;
  readonly reason: string;
  readonly message: string;
  readonly remedy?: string;
  /** The check that this one fails for: it is unhealthy, and so is something that it depends on. */
  readonly consequenceOf?: string;
}

/** The part of each check in the component's status, in the order of the definition. */
export function contributionsTo({ critical, optional }: NamedChecks, checks: KnownChecks): readonly Contribution[] {
  const all = (names: readonly string[], role: Role): readonly Contribution[] =>
    names.flatMap((check) => {
      const entries = checks.entriesOf(check);
      return entries.length === 0
        ? [contribution(check, role, undefined, checks)]
        : entries.map((entry) => contribution(check, role, entry, checks));
    });
  return [...all(critical, "critical"), ...all(optional, "optional")];
}

/** The same for a subject's own component. */
export function contributionsToSubject(entries: readonly CheckEntry[], checks: KnownChecks): readonly Contribution[] {
  return entries.map((entry) => contribution(entry.check, "critical", entry, checks));
}

function contribution(check: string, role: Role, entry: CheckEntry | undefined, checks: KnownChecks): Contribution {
  const cause = causeOf(entry, checks);
  return {
    label: labelOf(check, entry),
    check,
    ...(entry?.subject === undefined ? {} : { subject: entry.subject.name }),
    role,
    status: entry?.state.status ?? "unknown",
    ...said(check, entry),
    ...shownAbout(checks.aboutOf(check)),
    ...(cause === undefined ? {} : { consequenceOf: cause.check }),
  };
}

/** What the configuration says of a check, as far as there is anything. */
export function shownAbout(about: CheckAbout | undefined): Partial<CheckAbout> {
  if (about === undefined) return {};
  const { dependsOn, ...rest } = about;
  return dependsOn.length === 0 ? rest : about;
}
