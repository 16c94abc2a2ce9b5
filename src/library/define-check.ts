import { type CheckDeclaration, type DeclaredCheck, defineCheck as defineType } from "../checks/check-type.js";
import type { Clock } from "../core/clock.js";
import type { ReadingDeclaration } from "../core/result.js";
import { heldToDeclaration } from "./declared-check.js";

/** What a check may use beside its own options. */
export interface CheckTools {
  /** The time of the checks: `nowMs` never goes back. */
  readonly clock: Clock;
  /** The deadline of each run, in milliseconds. */
  readonly timeoutMs: number;
}

/** A check type of your own. */
export interface CheckDefinition<Options, Name extends string> extends CheckDeclaration<Options, Name> {
  /** Makes a check of this type, once for each that is configured. */
  create(options: Options, tools: CheckTools): DeclaredCheck<NoInfer<Name>>;
}

/** A check type, ready for `HealthOptions.checkTypes`. */
export interface DefinedCheck {
  /** The word after `type:` in the configuration. */
  readonly type: string;
  /** What a healthy result proves. */
  readonly summary: string;
}

const metricName = /^[a-z][a-z0-9_]*$/;

/**
 * Declares a check type, in the same way as the built-in ones are: its options with `mapping`, its readings by name. A
 * result has no reading that is not declared, and each declared one is a metric.
 *
 * @param type - What the type says of itself, and what makes its checks.
 * @throws Error where a reading cannot be a metric.
 */
export function defineCheck<Options, Name extends string>(type: CheckDefinition<Options, Name>): DefinedCheck {
  for (const [reading, { metric, labels = [] }] of Object.entries<ReadingDeclaration>(type.readings)) {
    const wrong = [metric, ...labels].find((name) => !metricName.test(name));
    if (wrong === undefined) continue;
    throw new Error(
      `the reading ${reading} of the check type ${type.type}: ${JSON.stringify(wrong)} is not snake_case`,
    );
  }
  return defineType<Options, Name, string>({
    ...type,
    reasons: [],
    create: (options, tools) =>
      heldToDeclaration(type.type, type.readings, type.create(options, tools)) as DeclaredCheck<Name>,
  });
}
