import type { CheckAbout } from "./check.js";
import type { Clock } from "./clock.js";
import { type CheckEntry, type ComponentDefinition, contributesAlike, type KnownChecks } from "./component.js";
import type { ComponentReason } from "./component-reasons.js";
import { type Contribution, contributionsTo, contributionsToSubject } from "./contribution.js";
import { Dependencies, rootCause } from "./dependencies.js";
import { type DecidedBy, type Evaluation, evaluate, evaluateSubject } from "./evaluation.js";
import { InOrder } from "./in-order.js";
import { compareStatus, type ServingStatus, type Status, servingStatus } from "./status.js";
import { type Listener, Watchers } from "./watchers.js";

/** A component as it is served now, drain and shutdown applied. Immutable: a change makes a new one. */
export interface Component {
  readonly name: string;
  /** The name that this one repeats (`gpu/0` of `gpu/GPU-9f…`), for outputs that say each thing once. */
  readonly aliasOf?: string;
  readonly description?: string;
  /** With drain and shutdown applied. */
  readonly status: Status;
  /** The status as `grpc.health.v1` has it. */
  readonly serving: ServingStatus;
  /** Machine-readable, `snake_case`; `ok` where nothing is wrong. */
  readonly reason: string;
  /** One sentence for people. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
  /** When `status` last changed: milliseconds since 1970. */
  readonly sinceWallMs: number;
  /** Absent where all checks pass, and while a drain or a shutdown decides. */
  readonly decidedBy?: DecidedBy;
  /** The check whose failure explains the status, where the check that decides it fails as a consequence. */
  readonly consequenceOf?: string;
}

/** The same with what outputs need beside it. */
export interface ComponentState extends Component {
  /** What the checks alone say, whatever drain and shutdown make of it. */
  readonly checked: Evaluation;
}

/** A component's change of status or reason: one log line, one message. */
export interface Transition {
  readonly from: ComponentState | undefined;
  /** Undefined when the component is no longer served. */
  readonly to: ComponentState | undefined;
}

/** Why traffic is turned away on purpose. */
export interface Drain {
  readonly reason: Extract<ComponentReason, "draining" | "shutting_down">;
  readonly message: string;
  readonly sinceWallMs: number;
}

/**
 * What every output reads, and nothing else: the present state of each component. Only the scheduler publishes into it.
 * All of it runs on the event loop and never waits.
 */
export class Registry {
  private definitions: readonly ComponentDefinition[] = [];
  /** What the configuration says of the checks. */
  private about: ReadonlyMap<string, CheckAbout> = new Map();
  private dependencies = new Dependencies(new Map());
  /** The definitions that a check's news concerns: those that name it, or what depends on it. */
  private concerned: ReadonlyMap<string, readonly ComponentDefinition[]> = new Map();
  private readonly entries = new Map<string, readonly CheckEntry[]>();
  /** Critical checks that have been named and have not answered since. */
  private awaited = new Set<string>();
  private readonly components = new Map<string, ComponentState>();
  private readonly watchers = new Watchers<ServingStatus | undefined>();
  private readonly transitionListeners = new Set<Listener<Transition>>();
  private readonly publicationListeners = new Set<Listener<readonly CheckEntry[]>>();
  /** Listeners may change what the registry has: that must not happen while half of it is worked out. */
  private readonly transitions = new InOrder<Transition>((transition) => {
    for (const listener of this.transitionListeners) listener(transition);
  });
  private currentDrain: Drain | undefined;
  private readonly known: KnownChecks = {
    entriesOf: (check) => this.entries.get(check) ?? [],
    aboutOf: (check) => this.about.get(check),
    rootCauseOf: (check) => rootCause(this.dependencies.causesOf(check), this.known.entriesOf),
  };

  constructor(private readonly clock: Clock) {}

  /** The component of this name; undefined when no such name is served. */
  get(name: string): ComponentState | undefined {
    return this.components.get(name);
  }

  /** Every component, defined ones first, then subjects, each in the order in which they came. */
  list(): Iterable<ComponentState> {
    return this.components.values();
  }

  /** Every check's entries, in the order in which the checks first answered. */
  checks(): readonly CheckEntry[] {
    return [...this.entries.values()].flat();
  }

  /** What the configuration says of a check. */
  aboutCheck(check: string): CheckAbout | undefined {
    return this.about.get(check);
  }

  /** The checks that decide a component's status, each with its part in it. Worked out when it is asked for. */
  contributions(name: string): readonly Contribution[] {
    const definition = this.definitions.find((each) => each.name === name);
    if (definition !== undefined) return this.isLatched(definition) ? [] : contributionsTo(definition, this.known);
    const isAbout = ({ subject }: CheckEntry) => subject?.name === name || subject?.aliases.includes(name);
    return contributionsToSubject(this.checks().filter(isAbout), this.known);
  }

  /** The check that an unhealthy one fails for, by its dependencies; undefined where it fails by itself. */
  consequenceOf({ check, state }: CheckEntry): string | undefined {
    return state.status === "unhealthy" ? this.known.rootCauseOf(check)?.check : undefined;
  }

  get drainState(): Drain | undefined {
    return this.currentDrain;
  }

  /** How many listeners `watch` serves now. */
  get watcherCount(): number {
    return this.watchers.count;
  }

  /**
   * Calls `listener` whenever the serving status of `name` changes, with undefined while no such name is served. Not
   * called for the present one: read that with `get`. Nothing is kept of the name once the returned function was called.
   */
  watch(name: string, listener: Listener<ServingStatus | undefined>): () => void {
    return this.watchers.add(name, listener);
  }

  /**
   * Calls `listener` on every change of a component's status or reason, once the registry has it and all that changes with
   * it. The listener may change something itself.
   */
  onTransition(listener: Listener<Transition>): () => void {
    this.transitionListeners.add(listener);
    return () => this.transitionListeners.delete(listener);
  }

  /** Calls `listener` with all that is known about a check, each time that it is published. */
  onPublication(listener: Listener<readonly CheckEntry[]>): () => void {
    this.publicationListeners.add(listener);
    return () => this.publicationListeners.delete(listener);
  }

  /**
   * Replaces the definitions, and what is said about the checks. Components that are in both keep their state and their
   * watchers; those that serve go on until critical checks that are new to them have answered.
   */
  define(definitions: readonly ComponentDefinition[], about: ReadonlyMap<string, CheckAbout> = new Map()): void {
    this.definitions = definitions;
    this.about = about;
    this.dependencies = new Dependencies(new Map([...about].map(([check, { dependsOn }]) => [check, dependsOn])));
    this.concerned = concernedBy(definitions, this.dependencies);
    const critical = definitions.flatMap((definition) => definition.critical);
    this.awaited = new Set(critical.filter((check) => !this.entries.has(check)));
    this.refresh();
  }

  /** For the scheduler: the whole of what is known about one check, one entry for each of its subjects. */
  publish(check: string, entries: readonly CheckEntry[]): void {
    const known = this.entries.get(check);
    this.entries.set(check, entries);
    this.awaited.delete(check);
    for (const listener of this.publicationListeners) listener(entries);
    // Most of what is published says again what was said before; no component would be another one.
    if (known !== undefined && contributeAlike(known, entries)) return;
    // Subjects come and go with what is said of them. All else concerns the components that name the check, or what
    // depends on it: looking at every component would take time that grows with the square of their number.
    if (known?.some(hasSubject) || entries.some(hasSubject) || this.isCauseOfSubjects(check)) {
      this.refresh();
      return;
    }
    for (const definition of this.concerned.get(check) ?? []) this.updateDefined(definition);
    this.transitions.handOut();
  }

  private isCauseOfSubjects(check: string): boolean {
    return this.dependencies.dependentsOf(check).some((dependent) => this.entries.get(dependent)?.some(hasSubject));
  }

  /** For the scheduler: the check is no longer run; what it said is forgotten. */
  forget(check: string): void {
    this.awaited.delete(check);
    if (this.entries.delete(check)) this.refresh();
  }

  /** Turns traffic away on purpose until `undrain`. Again while draining: the first reason and time stay. */
  drain(message: string): void {
    if (this.currentDrain !== undefined) return;
    this.currentDrain = { reason: "draining", message, sinceWallMs: this.clock.wallMs() };
    this.refresh();
  }

  /** Ends a drain. Without effect after `shutdown`. */
  undrain(): void {
    if (this.currentDrain?.reason !== "draining") return;
    this.currentDrain = undefined;
    this.refresh();
  }

  /** The latch: from now on every name is NOT_SERVING, whatever is published, until the process ends. */
  shutdown(message: string): void {
    this.currentDrain = { reason: "shutting_down", message, sinceWallMs: this.clock.wallMs() };
    this.refresh();
  }

  private refresh(): void {
    const gone = new Set(this.components.keys());
    const defined = new Set(this.definitions.map(({ name }) => name));
    for (const definition of this.definitions) {
      gone.delete(definition.name);
      this.updateDefined(definition);
    }
    for (const { name, aliases, evaluation } of this.evaluateSubjects()) {
      for (const each of [name, ...aliases]) {
        // A subject that is called `readiness` must not decide what that says.
        if (defined.has(each)) continue;
        gone.delete(each);
        this.update(each, evaluation, each === name ? {} : { aliasOf: name });
      }
    }
    for (const name of gone) {
      const from = this.components.get(name);
      this.components.delete(name);
      this.announce(name, { from, to: undefined });
    }
    this.transitions.handOut();
  }

  private updateDefined(definition: ComponentDefinition): void {
    const evaluation = this.bridged(definition, this.evaluate(definition));
    this.update(definition.name, this.latched(definition, evaluation), definition);
  }

  private evaluate(definition: ComponentDefinition): Evaluation {
    return evaluate(definition, this.known);
  }

  /**
   * Where a component serves and its new definition names a critical check that has not answered yet, it stays as it is
   * until that check has, or becomes what the others say if that is worse: UNKNOWN in between would turn traffic away.
   */
  private bridged(definition: ComponentDefinition, evaluation: Evaluation): Evaluation {
    const last = this.components.get(definition.name)?.checked;
    const critical = definition.critical.filter((check) => !this.awaited.has(check));
    const isAwaiting = critical.length < definition.critical.length;
    if (!isAwaiting || last === undefined || !reached(last.status)) return evaluation;
    const others = this.evaluate({ ...definition, critical });
    return compareStatus(others.status, last.status) > 0 ? others : last;
  }

  /** Each subject once, under its name and its aliases, with all that the checks say of it. */
  private evaluateSubjects(): { name: string; aliases: Set<string>; evaluation: Evaluation }[] {
    const bySubject = new Map<string, { aliases: Set<string>; entries: CheckEntry[] }>();
    for (const entry of this.checks()) {
      if (entry.subject === undefined) continue;
      const { name, aliases } = entry.subject;
      const known = bySubject.get(name) ?? { aliases: new Set(), entries: [] };
      for (const alias of aliases) known.aliases.add(alias);
      known.entries.push(entry);
      bySubject.set(name, known);
    }
    return [...bySubject].map(([name, { aliases, entries }]) => ({
      name,
      aliases,
      evaluation: evaluateSubject(entries, this.known),
    }));
  }

  private latched(definition: ComponentDefinition, evaluation: Evaluation): Evaluation {
    return definition.latches && (reached(evaluation.status) || this.isLatched(definition))
      ? latchedEvaluation
      : evaluation;
  }

  private isLatched({ name, latches = false }: ComponentDefinition): boolean {
    return latches && reached(this.components.get(name)?.checked.status);
  }

  private update(
    name: string,
    checked: Evaluation,
    about: Partial<Pick<ComponentDefinition, "aliasOf" | "description" | "carriesTraffic">>,
  ): void {
    const before = this.components.get(name);
    const now = this.override(checked, about.carriesTraffic ?? false);
    const { status, reason, message, remedy, decidedBy, consequenceOf } = now;
    const after: ComponentState = {
      name,
      ...(about.aliasOf === undefined ? {} : { aliasOf: about.aliasOf }),
      ...(about.description === undefined ? {} : { description: about.description }),
      status,
      serving: servingStatus(status),
      reason,
      message,
      ...(remedy === undefined ? {} : { remedy }),
      sinceWallMs: before?.status === status ? before.sinceWallMs : this.clock.wallMs(),
      ...(decidedBy === undefined ? {} : { decidedBy }),
      ...(consequenceOf === undefined ? {} : { consequenceOf }),
      checked,
    };
    this.components.set(name, after);
    if (before?.status !== status || before.reason !== reason) this.announce(name, { from: before, to: after });
  }

  private override(checked: Evaluation, carriesTraffic: boolean): Evaluation {
    const drain = this.currentDrain;
    if (drain === undefined || (drain.reason === "draining" && !carriesTraffic)) return checked;
    return { status: "unhealthy", reason: drain.reason, message: drain.message };
  }

  private announce(name: string, transition: Transition): void {
    if (transition.from?.serving !== transition.to?.serving) this.watchers.tell(name, transition.to?.serving);
    this.transitions.add(transition);
  }
}

const contributeAlike = (before: readonly CheckEntry[], now: readonly CheckEntry[]): boolean =>
  before.length === now.length &&
  now.every((entry, at) => {
    const other = before[at];
    return other !== undefined && contributesAlike(other, entry);
  });

const hasSubject = ({ subject }: CheckEntry): boolean => subject !== undefined;

function concernedBy(
  definitions: readonly ComponentDefinition[],
  dependencies: Dependencies,
): ReadonlyMap<string, readonly ComponentDefinition[]> {
  const concerned = new Map<string, ComponentDefinition[]>();
  for (const definition of definitions) {
    const named = [...definition.critical, ...definition.optional];
    for (const check of new Set(named.flatMap((name) => [name, ...dependencies.causesOf(name)]))) {
      const known = concerned.get(check);
      if (known === undefined) concerned.set(check, [definition]);
      else known.push(definition);
    }
  }
  return concerned;
}

const reached = (status: Status | undefined): boolean => status === "healthy" || status === "degraded";

const latchedEvaluation: Evaluation = {
  status: "healthy",
  reason: "ok",
  message: "readiness was reached once",
};
