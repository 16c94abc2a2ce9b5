import { z } from "zod";
import { mapping, unknownWord } from "../checks/options.js";
import { type FaultOverride, type FaultOverrides, faultRows } from "../gpu/faults/catalogue.js";
import { xidOf } from "../gpu/faults/row.js";
import { isMapping } from "./found.js";
import { parseOptions } from "./problem.js";

/** What may be said of one fault; the rest stays as the catalogue has it. */
export const faultOverride = () =>
  mapping({
    severity: z
      .enum(["fatal", "degraded", "application", "ignore"])
      .optional()
      .describe(
        "`fatal`: the GPU is unhealthy; `degraded`: it still takes traffic; `application`: counted and logged only; `ignore`: no fault.",
      ),
    lasts: z
      .enum(["signal", "evidence", "processes"])
      .optional()
      .describe(
        "`signal`: as long as the driver shows it (not for XIDs); `evidence`: until a recovery was seen or acknowledged; `processes`: until then, or until the processes that were on the GPU have ended.",
      ),
    remedy: z.string().min(1).max(500).optional().describe("What your people are to do about it."),
  });

/** A mapping of names of faults to what is to be different. Any XID can be named: `xid_79`, `xid_999`. */
export function faultOverrides() {
  return z
    .unknown()
    .transform((given, context): FaultOverrides => {
      if (!isMapping(given)) return report(context, [], "expected a mapping of names of faults", given);
      return Object.fromEntries(
        Object.entries(given).flatMap(([fault, value]): [string, FaultOverride][] => {
          const problem = nameProblem(fault);
          if (problem !== undefined) {
            // As for any unknown key, so that the place is the key's.
            context.issues.push({ code: "unrecognized_keys", keys: [fault], message: problem, input: given });
            return [];
          }
          const parsed = faultOverride().safeParse(value, parseOptions);
          if (!parsed.success) {
            for (const issue of parsed.error.issues) {
              context.issues.push({ ...issue, path: [fault, ...issue.path] } as z.core.$ZodRawIssue);
            }
            return [];
          }
          if (xidOf(fault) !== undefined && parsed.data.lasts === "signal") {
            report(
              context,
              [fault, "lasts"],
              "an XID is an event and shows no end: take evidence or processes",
              "signal",
            );
          }
          return [[fault, withoutAbsent(parsed.data)]];
        }),
      );
    })
    .meta({ kind: "mapping" });
}

function nameProblem(fault: string): string | undefined {
  if (xidOf(fault) !== undefined) return undefined;
  const known: readonly string[] = faultRows.map((row) => row.fault);
  if (known.includes(fault)) return undefined;
  return unknownWord("fault", fault, [...known.filter((name) => xidOf(name) === undefined), "xid_79"]);
}

function withoutAbsent({ severity, lasts, remedy }: z.output<ReturnType<typeof faultOverride>>): FaultOverride {
  return {
    ...(severity === undefined ? {} : { severity }),
    ...(lasts === undefined ? {} : { lasts }),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

function report(context: z.core.$RefinementCtx, path: readonly PropertyKey[], message: string, input: unknown): never {
  context.issues.push({ code: "custom", message, input, path: [...path] });
  return z.NEVER;
}
