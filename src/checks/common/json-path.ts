import { z } from "zod";

/** A member of an object, or an element of an array; negative: counted from its end. */
type Step = string | number;

/** `.name`, `['name']`, `["name"]` or `[0]`, from where the last one ended. */
const step =
  /\.(?<name>[\p{L}_][\p{L}\p{N}_-]*)|\[(?:'(?<single>[^'\\]*)'|"(?<double>[^"\\]*)"|(?<index>0|-?[1-9][0-9]{0,8}))\]/uy;

/**
 * The path to one value in a JSON document: the singular queries of JSONPath (RFC 9535), such as
 * `$.models[0]['max-length']`. Neither wildcards nor filters: there is one value to judge, or none.
 */
export const jsonPath = () =>
  z
    .string()
    .refine((text) => stepsOf(text) !== undefined, {
      error: "expected a path such as $.status, $.models[0].name or $['a key']",
    })
    .meta({ kind: "JSONPath of one value" });

/** The value at a path that {@link jsonPath} took; undefined where the document has none. */
export function valueAt(document: unknown, path: string): unknown {
  return (stepsOf(path) ?? []).reduce((value, next) => below(value, next), document);
}

function below(value: unknown, next: Step): unknown {
  if (Array.isArray(value)) return typeof next === "number" ? (value as readonly unknown[]).at(next) : undefined;
  if (typeof value !== "object" || value === null || typeof next === "number") return undefined;
  return Object.hasOwn(value, next) ? (value as Readonly<Record<string, unknown>>)[next] : undefined;
}

function stepsOf(path: string): readonly Step[] | undefined {
  if (!path.startsWith("$")) return undefined;
  const steps: Step[] = [];
  for (let position = 1; position < path.length; position = step.lastIndex) {
    step.lastIndex = position;
    const { name, single, double, index } = step.exec(path)?.groups ?? {};
    const key = name ?? single ?? double;
    if (key !== undefined) steps.push(key);
    else if (index !== undefined) steps.push(Number(index));
    else return undefined;
  }
  return steps;
}
