import { unknownWord } from "../checks/options.js";
import { findCycles } from "../core/dependencies.js";
import { isMapping, type Mapping } from "./found.js";
import { type Problem, valueProblem } from "./problem.js";

/**
 * What is wrong with `dependsOn` between all of `checks`, as given: names of no check, names that come twice, and circles.
 * Looks at checks that have other errors too.
 */
export function dependencyProblems(checks: Mapping): readonly Problem[] {
  const dependsOn = new Map(Object.entries(checks).map(([name, given]) => [name, namesIn(given)]));
  const names = [...dependsOn.keys()];
  return [
    ...[...dependsOn].flatMap(([name, causes]) => nameProblems(name, causes, names)),
    ...findCycles(dependsOn).map((cycle) => cycleProblem(cycle, dependsOn)),
  ];
}

/** The texts of the list; what is no list and no text has its own error. */
function namesIn(given: unknown): readonly string[] {
  const list: unknown = isMapping(given) ? given.dependsOn : undefined;
  return Array.isArray(list) ? list.map((each: unknown) => (typeof each === "string" ? each : "")) : [];
}

function nameProblems(check: string, causes: readonly string[], names: readonly string[]): readonly Problem[] {
  return causes.flatMap((cause, index) => {
    const path = ["checks", check, "dependsOn", index];
    if (causes.indexOf(cause) < index) return [valueProblem(path, `check ${cause} is named twice`)];
    return cause === "" || names.includes(cause) ? [] : [valueProblem(path, unknownWord("check", cause, names))];
  });
}

function cycleProblem(cycle: readonly string[], dependsOn: ReadonlyMap<string, readonly string[]>): Problem {
  const [first = "", second = first] = cycle;
  const path = ["checks", first, "dependsOn", dependsOn.get(first)?.indexOf(second) ?? 0];
  if (cycle.length === 1) return valueProblem(path, "a check cannot depend on itself");
  return valueProblem(path, `a circle: ${[...cycle, first].join(" depends on ")}`);
}
