import * as check from "../core/check.js";
import type * as result from "../core/result.js";
import type { Reason } from "./reasons.js";

/*
 * What core has for every kind of check, with the reasons that the built-in types may give and no others. In here only
 * this file takes those types from core; what it leaves alone comes from there.
 */

export type Result = result.Result<Reason>;
export type Observation = result.Observation<Reason>;
export type Answer = check.Answer<Reason>;
export type Check = check.Check<Reason>;
export type CheckError = check.CheckError<Reason>;

/** A check throws it to name the reason. */
export const CheckError: new (...options: ConstructorParameters<typeof check.CheckError<Reason>>) => CheckError =
  check.CheckError;
