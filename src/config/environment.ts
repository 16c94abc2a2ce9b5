import { isMapping } from "./found.js";
import { type Path, type Problem, valueProblem } from "./problem.js";

/** Texts that hold environment variables, by path: what the file says, and what it became. */
export interface Substitution {
  readonly path: Path;
  readonly source: string;
  readonly result: string;
  /** What was put in, in the order of the text. */
  readonly values: readonly string[];
}

export interface Substituted {
  readonly value: unknown;
  readonly substitutions: readonly Substitution[];
  readonly problems: readonly Problem[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Replaces `${NAME}` in every text of `value` (keys stay) by the environment variable; `$${` stands for `${`. Line breaks
 * at the end of a variable are left off, as by a shell's `$(…)`: what is made from a file has one that nobody means, and no
 * header and no password can hold it.
 */
export function substituteEnvironment(value: unknown, environment: Environment): Substituted {
  const substitutions: Substitution[] = [];
  const problems: Problem[] = [];
  const visit = (node: unknown, path: Path): unknown => {
    if (Array.isArray(node)) return node.map((item, index) => visit(item, [...path, index]));
    if (isMapping(node)) {
      return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, visit(child, [...path, key])]));
    }
    if (typeof node !== "string" || !node.includes("${")) return node;
    const values: string[] = [];
    const result = substitute(node, environment, values, (message) => problems.push(valueProblem(path, message)));
    substitutions.push({ path, source: node, result, values });
    return result;
  };
  return { value: visit(value, []), substitutions, problems };
}

function substitute(
  text: string,
  environment: Environment,
  values: string[],
  report: (message: string) => void,
): string {
  return text.replaceAll(/\$\$\{|\$\{([^}]*)\}?/g, (match, name: string | undefined) => {
    if (name === undefined) return "${";
    if (!match.endsWith("}") || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      report(
        `${match} names no environment variable: write \${NAME}, or $\${ where the characters themselves are meant`,
      );
      return match;
    }
    const value = environment[name]?.replace(/[\r\n]+$/, "");
    if (value !== undefined) values.push(value);
    else report(`the environment variable ${name} is not set`);
    return value ?? match;
  });
}

/** The problem without the values of environment variables, which may be secrets. */
export function withoutSecrets(problem: Problem, substitutions: readonly Substitution[]): Problem {
  const here = substitutions.filter(({ path, source, result }) => result !== source && isOnTheWay(path, problem.path));
  return { ...problem, message: here.reduce(hide, problem.message) };
}

/** Messages quote a text as JSON does, or give the number or the unit in it. */
function hide(message: string, { source, result }: Substitution): string {
  const quoted = JSON.stringify(result);
  const parts = [result, quoted.slice(1, -1), ...(result.match(/[0-9.]+|[A-Za-z%]+/g) ?? [])];
  return parts.filter(isRecognizable).reduce(
    (text, part) => text.replaceAll(part, () => source),
    message.replaceAll(quoted, () => JSON.stringify(source)),
  );
}

/** Shorter words are no secrets, and stand in messages by chance. */
const isRecognizable = (part: string): boolean => part.trim().length >= 4 || /^[0-9.]+$/.test(part);

/** Whether one path is the other's beginning: a problem of a list may be about one of its entries. */
const isOnTheWay = (a: Path, b: Path): boolean => {
  const [shorter, longer] = a.length < b.length ? [a, b] : [b, a];
  return shorter.every((part, index) => part === longer[index]);
};
