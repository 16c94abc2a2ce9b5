import {
  type AnyCheckType,
  type CheckContext,
  type CheckType,
  type DeclaredCheck,
  defineCheck as defineType,
} from "../checks/check-type.js";

/** What a check may use beside its own options. */
export interface CheckTools extends Pick<CheckContext, "clock" | "timeoutMs"> {}

/** A check type of your own: see docs/library.md. */
export interface CheckDefinition<Options, Name extends string>
  extends Omit<CheckType<Options, Name>, "create" | "driver"> {
  /** Makes a check of this type, once for each that is configured. `stop` of a check frees what it holds. */
  create(options: Options, tools: CheckTools): DeclaredCheck<NoInfer<Name>>;
}

/** A check type, ready for `HealthOptions.checkTypes`. */
export interface DefinedCheck extends Pick<AnyCheckType, "type" | "summary"> {}

/**
 * Declares a check type, in the same way as the built-in ones are: its options with `mapping`, its readings by name. A
 * result has no reading that is not declared, and each declared one is a metric.
 */
export const defineCheck: <Options, Name extends string>(type: CheckDefinition<Options, Name>) => DefinedCheck =
  defineType;
