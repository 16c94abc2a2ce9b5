import { unprintable } from "../core/one-line.js";
import type { Configuration } from "./configuration.js";
import { type Environment, substituteEnvironment, withoutSecrets } from "./environment.js";
import { formatPath } from "./problem.js";
import { type ReadingOptions, readConfiguration } from "./read.js";
import { parseYaml } from "./yaml.js";

/** One error of a configuration file. */
export interface ConfigurationError {
  readonly file: string;
  /** Line and column count from 1. */
  readonly line: number;
  readonly column: number;
  /** `checks.model.interval`; empty for errors of syntax. */
  readonly path: string;
  readonly message: string;
}

export type LoadResult =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly errors: readonly ConfigurationError[] };

/**
 * The configuration in the text of a YAML file, or all of its errors, in the order of the file. `fileName` is for the
 * messages only. Loads the YAML parser: import this file only where there is a file to load.
 */
export function loadConfiguration(
  text: string,
  fileName: string,
  environment: Environment,
  reading: ReadingOptions = {},
): LoadResult {
  const yaml = parseYaml(text);
  const errors: ConfigurationError[] = yaml.errors.map((error) => ({ file: fileName, path: "", ...error }));
  if (yaml.value !== undefined) {
    const { value, substitutions, problems } = substituteEnvironment(yaml.value.plain ?? {}, environment);
    const read = readConfiguration(value, substitutions, reading);
    const found = read.ok
      ? problems
      : [...problems, ...read.problems.filter((each) => !samePlace(each.path, problems))];
    errors.push(
      ...found.map((problem) => ({
        file: fileName,
        ...yaml.locate(problem),
        path: formatPath(problem.path),
        message: withoutSecrets(problem, substitutions).message,
      })),
    );
    if (read.ok && errors.length === 0) return read;
  }
  return { ok: false, errors: errors.sort((a, b) => a.line - b.line || a.column - b.column) };
}

/** `file:line:column: path: message`, as compilers write it, so that editors and terminals can jump there. */
export function formatConfigurationError({ file, line, column, path, message }: ConfigurationError): string {
  return visible([`${file}:${line}:${column}`, ...(path === "" ? [] : [path]), message].join(": "));
}

/** Names in a file may hold what a terminal would act on, and what shows a line in another order than it is in. */
const visible = (text: string): string =>
  text.replaceAll(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** A text with an unset variable is wrong for that reason; what else is wrong with it follows from that. */
const samePlace = (path: readonly unknown[], problems: readonly { readonly path: readonly unknown[] }[]): boolean =>
  problems.some(
    (other) => other.path.length === path.length && other.path.every((part, index) => part === path[index]),
  );
