import type { CheckEntry, EntriesOf } from "./component.js";

/** Names of the checks that each check depends on, as configured. */
export type DependsOn = ReadonlyMap<string, readonly string[]>;

const none: readonly string[] = [];

/** Which checks fail for which others: `dependsOn` with everything that follows from it, worked out once. */
export class Dependencies {
  private readonly causes = new Map<string, readonly string[]>();
  private readonly dependents = new Map<string, string[]>();

  constructor(dependsOn: DependsOn) {
    for (const check of dependsOn.keys()) {
      const causes = allCauses(check, dependsOn);
      this.causes.set(check, causes);
      for (const cause of causes) this.dependents.set(cause, [...(this.dependents.get(cause) ?? []), check]);
    }
  }

  /** Everything that the check depends on, through others too. What lies deepest comes first; each name comes once. */
  causesOf(check: string): readonly string[] {
    return this.causes.get(check) ?? none;
  }

  /** Everything that depends on the check, through others too. */
  dependentsOf(check: string): readonly string[] {
    return this.dependents.get(check) ?? none;
  }
}

function allCauses(check: string, dependsOn: DependsOn): readonly string[] {
  const causes: string[] = [];
  const visited = new Set<string>([check]);
  const visit = (name: string): void => {
    for (const cause of dependsOn.get(name) ?? none) {
      if (visited.has(cause)) continue;
      visited.add(cause);
      visit(cause);
      causes.push(cause);
    }
  };
  visit(check);
  return causes;
}

/**
 * What explains that a check with these causes fails: the deepest of them that is known to be unhealthy. Undefined where
 * none is; one that has not answered explains nothing.
 */
export function rootCause(causes: readonly string[], entriesOf: EntriesOf): CheckEntry | undefined {
  for (const cause of causes) {
    const failing = entriesOf(cause).find(({ state }) => state.status === "unhealthy");
    if (failing !== undefined) return failing;
  }
  return undefined;
}

/** Each cycle once, as the names on the way round: `a, b` where a depends on b and b on a. */
export function findCycles(dependsOn: DependsOn): readonly (readonly string[])[] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    const at = path.indexOf(name);
    if (at >= 0) cycles.push(path.slice(at));
    if (at >= 0 || done.has(name)) return;
    for (const cause of dependsOn.get(name) ?? none) visit(cause, [...path, name]);
    done.add(name);
  };
  for (const name of dependsOn.keys()) visit(name, []);
  return cycles;
}
