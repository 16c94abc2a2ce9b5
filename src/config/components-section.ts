import { z } from "zod";
import { mapping, unknownWord } from "../checks/options.js";
import { maxComponentNameBytes } from "../core/component.js";
import type { ComponentConfiguration } from "./configuration.js";
import { type Found, isMapping } from "./found.js";
import { keyProblem, type Problem, parseOptions, problemsOf, valueProblem } from "./problem.js";

/** The options of one component. */
export const componentOptions = mapping({
  description: z.string().min(1).optional().describe("A sentence for people, shown in the report."),
  critical: z.array(z.string()).default([]).describe("Names of checks whose failure makes the component unhealthy."),
  optional: z.array(z.string()).default([]).describe("Names of checks whose failure makes it degraded."),
});

const builtIn = new Set(["", "readiness", "liveness", "startup", "gpu"]);

/** `components`, as given, against the names of the checks. */
export function readComponents(
  given: unknown,
  checkNames: readonly string[],
): Found<readonly ComponentConfiguration[]> {
  if (given === undefined) return { value: [], problems: [] };
  if (!isMapping(given)) {
    return { value: [], problems: [valueProblem(["components"], "expected a mapping of names to components")] };
  }
  const value: ComponentConfiguration[] = [];
  const problems: Problem[] = [];
  for (const [name, options] of Object.entries(given)) {
    const path = ["components", name];
    problems.push(...nameProblems(name, path));
    const parsed = componentOptions.safeParse(options, parseOptions);
    if (!parsed.success) {
      problems.push(...problemsOf(parsed.error.issues, path));
      continue;
    }
    const { description, critical, optional } = parsed.data;
    problems.push(...referenceProblems({ critical, optional }, checkNames, path));
    value.push({ name, ...(description === undefined ? {} : { description }), critical, optional });
  }
  return { value, problems };
}

function nameProblems(name: string, path: readonly string[]): readonly Problem[] {
  if (builtIn.has(name) || name.startsWith("gpu/")) {
    return [keyProblem(path, `${JSON.stringify(name)} is built in: give the component another name`)];
  }
  if (/^[A-Za-z0-9_][A-Za-z0-9_./-]*$/.test(name) && name.length <= maxComponentNameBytes) return [];
  const allowed = `letters, digits, _, -, . and /, ${maxComponentNameBytes} at most`;
  return [keyProblem(path, `the name of a component has only ${allowed}`)];
}

function referenceProblems(
  lists: { readonly critical: readonly string[]; readonly optional: readonly string[] },
  checkNames: readonly string[],
  path: readonly string[],
): readonly Problem[] {
  const { critical, optional } = lists;
  if (critical.length + optional.length === 0) {
    return [valueProblem(path, "names no check: list some under `critical` or `optional`")];
  }
  const seen = new Set<string>();
  return (["critical", "optional"] as const).flatMap((role) =>
    lists[role].flatMap((check, index) => {
      const at = [...path, role, index];
      if (seen.has(check)) return [valueProblem(at, `check ${check} is named twice`)];
      seen.add(check);
      if (checkNames.includes(check)) return [];
      return [
        valueProblem(
          at,
          checkNames.length > 0
            ? unknownWord("check", check, checkNames)
            : `there is no check ${JSON.stringify(check)}`,
        ),
      ];
    }),
  );
}
