import type { Verdict } from "./status.js";

/**
 * A measured value, or why there is none: `unsupported` (this device or system does not have it, and never will) or
 * `lost` (it should be there and could not be read). Never a made-up 0.
 */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly why: "unsupported" | "lost" };

/** Readings by name. The name carries the unit (`freeBytes`, `temperatureCelsius`); the check type declares each. */
export type Readings = Readonly<Record<string, Reading<number>>>;

/** One of several values that a reading has at once: each with labels that tell it from the others. */
export interface LabelledValue {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Readings that have several values at once, such as one for each link. What is absent is left out. */
export type Series = Readonly<Record<string, readonly LabelledValue[]>>;

/** The base units of Prometheus; a gauge's name ends in one of these. */
export type Unit = "bytes" | "ratio" | "seconds" | "celsius" | "watts" | "hertz" | "count";

/** What a check type says of one of its readings, so that outputs can shape it without knowing the check. */
export interface ReadingDeclaration {
  /** Metric name without the prefix of the program and without the unit: `gpu_memory_free`. */
  readonly metric: string;
  readonly unit: Unit;
  /** One sentence for people: what it is and where it comes from. */
  readonly help: string;
  /** It only grows, until what it counts is reset; its metric ends in `_total`. Else it is a gauge. */
  readonly kind?: "counter";
  /** The labels of its values, where it has several at once: it is in `series` then, and not in `readings`. */
  readonly labels?: readonly string[];
}

/** A fault that what was looked at has now. */
export interface Fault {
  /** Its name, `snake_case`: `xid_79`. */
  readonly fault: string;
  /** `application`: the fault of a program, which changes no status. */
  readonly severity: "fatal" | "degraded" | "application";
  /** One sentence with figures. */
  readonly message: string;
  readonly remedy: string;
  /** On the monotonic clock, in milliseconds. */
  readonly sinceMs: number;
  /** How often it was told, where it is told as an event. */
  readonly count: number;
}

/** The outcome of one run of a check. `Reason` is the set of the codes that it may give. */
export interface Result<Reason extends string = string> {
  readonly status: Verdict;
  /** Machine-readable, `snake_case`; `ok` when healthy. Those of the built-in types are in docs/reasons.md. */
  readonly reason: Reason;
  /** One sentence with figures and units: what was found, what was expected, and where. */
  readonly message: string;
  /** What to do about it, for a person; absent when there is nothing to do. */
  readonly remedy?: string;
  readonly readings?: Readings;
  readonly series?: Series;
  /** What it is that was looked at, for the report: version, role, name of the model. Never a secret. */
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
  /** All that are there, of which `reason` names the worst. */
  readonly faults?: readonly Fault[];
  /** A fault that is certain (a GPU that is lost) takes effect at once, whatever the thresholds say. */
  readonly immediate?: boolean;
  /** False: to start a program anew cannot mend it, as with a broken GPU. */
  readonly mendedByRestart?: false;
}

/** A thing that a check looks at and that is served as a component of its own, such as one GPU. */
export interface Subject {
  /** The component's name: `gpu/0`. */
  readonly name: string;
  /** Other names of the same component: `gpu/GPU-9f…`. */
  readonly aliases: readonly string[];
  /** Labels for metrics and for the report: index, UUID, model name. */
  readonly labels: Readonly<Record<string, string>>;
}

/** A result, and which of the check's subjects it is about (none where the check looks at one thing only). */
export interface Observation<Reason extends string = string> {
  readonly subject?: Subject;
  readonly result: Result<Reason>;
  /**
   * When the evidence was taken, on the monotonic clock, in milliseconds; absent: now. Looking twice at one snapshot is
   * one observation, so it counts once towards a threshold.
   */
  readonly observedAtMs?: number;
}

/** A healthy result with a sentence and readings. */
export const healthy = (message: string, readings?: Readings): Result<"ok"> =>
  readings ? { status: "healthy", reason: "ok", message, readings } : { status: "healthy", reason: "ok", message };

/** A reading that has a value. */
export const present = <T>(value: T): Reading<T> => ({ ok: true, value });
/** A reading that this device or system does not have, and never will. */
export const unsupported: Reading<never> = { ok: false, why: "unsupported" };
/** A reading that should be there and could not be read. */
export const lost: Reading<never> = { ok: false, why: "lost" };
