import type { AnyCheckType } from "../../src/checks/check-type.js";
import { reasonGroups } from "../../src/checks/reasons.js";
import { checkReasons } from "../../src/core/check-reasons.js";
import { componentReasons } from "../../src/core/component-reasons.js";
import type { ReasonGroup } from "../../src/core/reason.js";
import { reportReasons } from "../../src/core/report-reasons.js";
import { faultRows } from "../../src/gpu/faults/catalogue.js";
import { superviseReasons } from "../../src/outputs/supervise/reasons.js";

const ofChecks: Readonly<Record<string, ReasonGroup>> = reasonGroups;

/** Every group of reasons, by the name under which check types list it. */
export const groupsByName: Readonly<Record<string, ReasonGroup>> = {
  checks: checkReasons,
  components: componentReasons,
  ...ofChecks,
  supervise: superviseReasons,
  reports: reportReasons,
};

/** Faults are not among them: they have rows of their own. */
export const declaredReasons = Object.values(groupsByName).flatMap(({ reasons }) => Object.keys(reasons));

/** Every reason that there can be, but for those of users, and of XIDs without a row. */
export const allReasons: readonly string[] = [...declaredReasons, ...faultRows.map(({ fault }) => fault)];

const isFault = (reason: string): boolean => /^xid_/.test(reason) || faultRows.some(({ fault }) => fault === reason);

/** Whether the type says that its results can have this reason. */
export const gives = ({ type, reasons }: Pick<AnyCheckType, "type" | "reasons">, reason: string): boolean =>
  reason in checkReasons.reasons ||
  reasons.some((each) => each === reason || reason in (ofChecks[each]?.reasons ?? {})) ||
  (type === "gpu" && isFault(reason));
