import type { z } from "zod";
import type { Check, Schedule } from "../core/check.js";
import type { Clock } from "../core/clock.js";
import type { EventLoopDelays } from "../core/event-loop-delays.js";
import type { LabelledValue, Observation, Reading, ReadingDeclaration, Result } from "../core/result.js";
import type { GpuSource } from "../gpu/source.js";
import type { Driver } from "./driver.js";
import type { GroupedReason, Reason, ReasonGroupName } from "./reasons.js";

/** What a check may use beside its own options. */
export interface CheckContext {
  readonly clock: Clock;
  /** How late the event loop of this process is. */
  readonly eventLoop: EventLoopDelays;
  /** The GPUs as the sampler sees them. */
  readonly gpus: GpuSource;
  /** An NVML call that takes longer is stalled, and a snapshot that is older is no data. */
  readonly gpuStallAfterMs: number;
  /** The deadline of each run, for what must be told in advance: a server that is to end its own work by then. */
  readonly timeoutMs: number;
}

/** A schema whose keys can be listed: for the docs, and to name the nearest one when a key is unknown. */
export type OptionsSchema<Options> = z.ZodType<Options> & { readonly shape: Readonly<Record<string, z.core.$ZodType>> };

/** A result that has no other readings than the declared ones, and no other reasons than `Code`. */
export interface DeclaredResult<Name extends string, Code extends string = string>
  extends Omit<Result<Code>, "readings" | "series"> {
  readonly readings?: { readonly [N in Name]?: Reading<number> };
  /** For readings with `labels`: several values at once. */
  readonly series?: { readonly [N in Name]?: readonly LabelledValue[] };
}

/** The same of one of the check's subjects. */
export interface DeclaredObservation<Name extends string, Code extends string = string>
  extends Omit<Observation, "result"> {
  readonly result: DeclaredResult<Name, Code>;
}

/** What a run gives: one result, or one for each subject. An empty list means «no answer yet». */
export type DeclaredAnswer<Name extends string, Code extends string = string> =
  | DeclaredResult<Name, Code>
  | readonly DeclaredObservation<Name, Code>[];

/** A check at work whose readings are declared. */
export interface DeclaredCheck<Name extends string, Code extends string = string> extends Omit<Check, "run"> {
  /**
   * Looks once. `signal` aborts at the deadline: stop the work then. What it throws is an unhealthy result; throw a
   * `CheckError` to name the reason.
   */
  run(signal: AbortSignal): DeclaredAnswer<Name, Code> | Promise<DeclaredAnswer<Name, Code>>;
}

/**
 * What a type of check says of itself: the configuration schema, the row in the docs and the gauges all follow from it.
 * `Options` is what the schema gives after validation, with defaults filled in; `Name` are the names of its readings.
 */
export interface CheckDeclaration<Options, Name extends string> {
  /** The word after `type:` in the configuration. */
  readonly type: string;
  /** One sentence for the docs: what a healthy result proves. */
  readonly summary: string;
  /**
   * The options beside those of every check (interval, timeout, thresholds…), declared with `mapping`. Asked for where a
   * configuration has a check of this type: making the schemas of all types takes longer than the rest of a start.
   */
  options(): OptionsSchema<Options>;
  /** Where this type's schedule differs from that of every check. */
  readonly schedule?: Partial<Schedule>;
  /** Every reading that a result of this type can carry, by its name in the result. */
  readonly readings: Readonly<Record<Name, ReadingDeclaration>>;
}

/** A type of check, declared once. `Code` is the set of reasons that its results may have. */
export interface CheckType<Options, Name extends string = string, Code extends string = Reason>
  extends CheckDeclaration<Options, Name> {
  /** What results of this type can give, beside what every check can have: whole groups, and single ones of others. */
  readonly reasons: readonly (ReasonGroupName | GroupedReason)[];
  /** The npm package that checks of this type need and that the base install lacks. */
  readonly driver?: Driver;
  create(options: Options, context: CheckContext): DeclaredCheck<NoInfer<Name>, NoInfer<Code>>;
}

/** A check type whose options are known to itself only: what the catalogue lists. */
export interface AnyCheckType extends Omit<CheckType<unknown>, "create"> {
  create(options: unknown, context: CheckContext): Check;
}

/**
 * Declares a check type. Its options are parsed with its own schema before they reach `create`, so the catalogue can
 * list types of different options side by side. The schema is made once.
 */
export function defineCheck<Options, Name extends string = string, Code extends string = Reason>(
  type: CheckType<Options, Name, Code>,
): AnyCheckType {
  let schema: OptionsSchema<Options> | undefined;
  return {
    ...type,
    options: () => (schema ??= type.options()),
    create: (options, context) => type.create(options as Options, context) as Check,
  };
}
