import type { z } from "zod";
import { unknownWord } from "../checks/options.js";

export type Path = readonly (string | number)[];

/** Something wrong in a configuration, and where. */
export interface Problem {
  readonly path: Path;
  /** A sentence without the path. */
  readonly message: string;
  /** Whether the key at `path` is wrong or its value. */
  readonly at: "key" | "value";
}

export const valueProblem = (path: Path, message: string): Problem => ({ path, message, at: "value" });
export const keyProblem = (path: Path, message: string): Problem => ({ path, message, at: "key" });

/**
 * How every part of a configuration is parsed: a missing value can be told from a wrong one only by its input, and what is
 * parsed once is parsed sooner than it is compiled.
 */
export const parseOptions = { reportInput: true, jitless: true } as const;

/** What a schema found below `base`, parsed with `parseOptions`. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], base: Path): readonly Problem[] {
  return issues.flatMap((issue) => {
    const path: Path = [...base, ...issue.path.map((part) => (typeof part === "number" ? part : String(part)))];
    if (issue.code !== "unrecognized_keys") return [valueProblem(path, describe(issue))];
    const lines = issue.message.split("\n");
    return issue.keys.map((key, index) => keyProblem([...path, key], lines[index] ?? issue.message));
  });
}

function describe(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type": {
      const expected = expectation(issue.expected);
      return issue.input === undefined
        ? `missing: expected ${expected}`
        : `expected ${expected}, got ${shown(issue.input)}`;
    }
    case "invalid_value": {
      const known = issue.values.map(String);
      if (typeof issue.input === "string") return unknownWord("value", issue.input, known);
      return `expected one of ${known.join(", ")}`;
    }
    case "invalid_key":
      return issue.issues[0]?.message ?? issue.message;
    case "too_small":
      return tooFewOrSmall(issue.origin, Number(issue.minimum), "least");
    case "too_big":
      return tooFewOrSmall(issue.origin, Number(issue.maximum), "most");
    default:
      return issue.message;
  }
}

function tooFewOrSmall(origin: string, bound: number, side: "least" | "most"): string {
  if (origin === "array") return `must have at ${side} ${bound} ${bound === 1 ? "entry" : "entries"}`;
  if (origin === "string") return bound === 1 ? "must not be empty" : `must have at ${side} ${bound} characters`;
  return `must be at ${side} ${bound}`;
}

const expectations: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "a mapping (keys and values)",
  record: "a mapping (keys and values)",
};

const expectation = (expected: string): string => expectations[expected] ?? expected;

function shown(input: unknown): string {
  if (input === null) return "nothing";
  if (Array.isArray(input)) return "a list";
  return typeof input === "object" ? "a mapping" : JSON.stringify(input);
}

/** `checks.model.headers."x y"`, `components.inference.critical[0]`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    const key = /^[A-Za-z0-9_/-]+$/.test(part) ? part : JSON.stringify(part);
    return text === "" ? key : `${text}.${key}`;
  }, "");
}
