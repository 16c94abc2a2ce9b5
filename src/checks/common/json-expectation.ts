import { z } from "zod";
import { oneLine } from "../../core/one-line.js";
import { mapping } from "../options.js";
import { jsonPath, valueAt } from "./json-path.js";
import { withoutSecrets } from "./secret.js";

const scalar = () =>
  z
    .union([z.string(), z.number(), z.boolean(), z.null()], { error: "expected a text, a number, true, false or null" })
    .meta({ kind: "text, number, boolean or null" });

const jsonExpectation = mapping({
  path: jsonPath().describe("Where the value is, as in `$.models[0].state`."),
  equals: scalar().optional().describe("The value that it must have."),
  not: scalar().optional().describe("A value that it must not have."),
  atLeast: z.number().optional().describe("It must be a number that is not smaller."),
  atMost: z.number().optional().describe("It must be a number that is not larger."),
});

/** What a JSON document must say. */
export const jsonExpectations = () => z.array(jsonExpectation).min(1).meta({ kind: "list of mappings" });

/** How it is written, for the docs. */
export const jsonExpectationsText =
  "a list of `{ path, equals | not | atLeast | atMost }`. `path` is a JSONPath that leads to one value " +
  "(`$.models[0].state`), which must be there; with nothing beside it that is all.";

export type JsonExpectations = z.output<ReturnType<typeof jsonExpectations>>;

/** The first thing that is not so, as the end of a sentence without the secrets; undefined where all is so. */
export function unmetExpectation(
  document: unknown,
  expected: JsonExpectations,
  secrets: readonly string[],
): string | undefined {
  for (const each of expected) {
    const value = valueAt(document, each.path);
    if (value === undefined) return `JSON that has no ${each.path}`;
    const wanted = unmet(value, each);
    if (wanted === undefined) continue;
    const found = oneLine(withoutSecrets(JSON.stringify(value), secrets), 200);
    return `${each.path}: ${found}, expected ${wanted}`;
  }
  return undefined;
}

/** What was wanted of the value and is not so. Texts and numbers are never equal: JSON tells them apart. */
function unmet(value: unknown, { equals, not, atLeast, atMost }: JsonExpectations[number]): string | undefined {
  if (equals !== undefined && value !== equals) return JSON.stringify(equals);
  if (not !== undefined && value === not) return "anything else";
  if (atLeast !== undefined && !(typeof value === "number" && value >= atLeast)) return `at least ${atLeast}`;
  if (atMost !== undefined && !(typeof value === "number" && value <= atMost)) return `at most ${atMost}`;
  return undefined;
}
