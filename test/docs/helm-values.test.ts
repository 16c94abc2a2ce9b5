import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { fillIn, table } from "../support/reference.js";

const chartFile = (name: string): string =>
  fileURLToPath(new URL(`../../deploy/helm/gpu-health/${name}`, import.meta.url));
const read = (name: string): string => readFileSync(chartFile(name), "utf8");

interface Schema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}

type Values = Readonly<Record<string, unknown>>;

const isMapping = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** One row for each value; those of a mapping that the schema knows follow it with their whole path. */
function rows({ properties = {} }: Schema, values: Values, prefix = ""): string[][] {
  return Object.entries(properties).flatMap(([key, schema]) => {
    const path = `${prefix}${key}`;
    const value = values[key];
    const { description = "" } = schema;
    if (schema.properties === undefined || !isMapping(value)) {
      return [[`\`${path}\``, value === undefined ? "" : `\`${JSON.stringify(value)}\``, description]];
    }
    return [[`\`${path}\``, "", description], ...rows(schema, value, `${path}.`)];
  });
}

/** The paths of all values, as far as the schema says what is in them. */
function paths(values: Values, { properties }: Schema, prefix = ""): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const schema = properties?.[key];
    const path = `${prefix}${key}`;
    return isMapping(value) && schema?.properties !== undefined ? paths(value, schema, `${path}.`) : [path];
  });
}

/** What Helm or another chart sets, and this one does not read. */
const setByOthers: readonly (string | undefined)[] = ["`global`", "`enabled`"];

const schema: Schema = JSON.parse(read("values.schema.json"));
const values: Values = parse(read("values.yaml"));

it("the chart's README has every value", async () => {
  const rendered = table(["value", "default", "what it does"], rows(schema, values));
  await expect(fillIn(read("README.md"), { values: rendered })).toMatchFileSnapshot(chartFile("README.md"));
});

it("the schema describes every value, and values.yaml has a default for each that the chart reads", () => {
  const described = rows(schema, values);
  expect(described.filter(([, , description]) => description === "")).toEqual([]);
  const withDefault = paths(values, schema).map((path) => `\`${path}\``);
  const leaves = described.map(([path]) => path).filter((path) => !setByOthers.includes(path));
  expect(withDefault.filter((path) => !leaves.includes(path))).toEqual([]);
  expect(
    described.filter(([path, value]) => !setByOthers.includes(path) && value === "").map(([path]) => path),
  ).toEqual(
    described.map(([path]) => path).filter((path) => leaves.some((leaf) => leaf?.startsWith(`${path?.slice(0, -1)}.`))),
  );
});

it("the chart has the program's version", () => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  expect(parse(read("Chart.yaml"))).toMatchObject({ version, appVersion: version });
});
