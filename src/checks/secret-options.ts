import { z } from "zod";
import { refersToFile } from "./common/secret.js";

type Path = readonly (string | number)[];

/** The values of environment variables that were put into the text at this path. */
export type SubstitutedAt = (path: Path) => readonly string[];

/**
 * The secrets in the options of a check, as they are given: texts, or `file:/PATH` for the content of a file. These are
 * options declared with `secret`; what came from the environment or from files in mappings of free names, in options that
 * may hold secrets and in the queries of URLs; and the passwords of URLs, wherever they stand.
 */
export function secretsIn(schema: z.core.$ZodType, given: unknown, substitutedAt: SubstitutedAt): readonly string[] {
  const secrets = new Set<string>();
  const visit = (schema: z.core.$ZodType, value: unknown, path: Path): void => {
    const secrecy = z.globalRegistry.get(schema)?.secrecy;
    if (secrecy === "secret") for (const { text } of textsIn(value, path)) secrets.add(text);
    else if (secrecy === "parts" || schema instanceof z.ZodRecord) visitParts(value, path);
    else for (const [inner, child, at] of children(schema, value, path)) visit(inner, child, at);
  };
  const visitParts = (value: unknown, path: Path): void => {
    for (const { text, path: at } of textsIn(value, path)) {
      if (refersToFile(text)) secrets.add(text);
      for (const substituted of substitutedAt(at)) secrets.add(substituted);
    }
  };
  visit(schema, given, []);
  for (const { text, path } of textsIn(given, [])) {
    const { password, query } = partsOfUrl(text);
    for (const each of [password, decoded(password)]) secrets.add(each);
    for (const substituted of substitutedAt(path)) if (query.includes(substituted)) secrets.add(substituted);
  }
  return [...secrets].filter((each) => each.length >= shortest);
}

/** What is shorter stands in sentences by chance. */
const shortest = 3;

type Child = readonly [schema: z.core.$ZodType, value: unknown, path: Path];

function children(schema: z.core.$ZodType, value: unknown, path: Path): readonly Child[] {
  if (schema instanceof z.ZodObject) {
    // `auth: TOKEN` instead of `auth: { bearer: TOKEN }`: the text may be any of the options.
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      return Object.values(schema.shape).map((inner): Child => [inner, value, path]);
    }
    const properties = value as Readonly<Record<string, unknown>>;
    return Object.entries(schema.shape).map(([key, inner]): Child => [inner, properties[key], [...path, key]]);
  }
  if (schema instanceof z.ZodArray) {
    if (!Array.isArray(value)) return [[schema.element, value, path]];
    return value.map((item: unknown, index): Child => [schema.element, item, [...path, index]]);
  }
  if (schema instanceof z.ZodUnion) return schema.options.map((inner): Child => [inner, value, path]);
  if (schema instanceof z.ZodPipe) return [schema.in, schema.out].map((inner): Child => [inner, value, path]);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return [[schema.def.innerType, value, path]];
  }
  return [];
}

/** Every text in a plain value, and every number: a password may be one. */
function textsIn(value: unknown, path: Path): readonly { readonly text: string; readonly path: Path }[] {
  if (typeof value === "string" || typeof value === "number") return [{ text: String(value), path }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    textsIn(child, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

/** Of `scheme://user:password@host/path?query`, as it stands there; empty where the text is no URL or has none. */
function partsOfUrl(text: string): { readonly password: string; readonly query: string } {
  const { password = "", query = "" } =
    /^[a-z][a-z0-9+.-]*:\/\/(?:[^:/?#@]*:(?<password>[^/?#]*)@)?[^?#]*(?:\?(?<query>[^#]*))?/i.exec(text)?.groups ?? {};
  return { password, query };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
