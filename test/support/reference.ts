import { z } from "zod";
import type { AnyCheckType } from "../../src/checks/check-type.js";
import type { Schedule } from "../../src/core/check.js";
import type { ReasonGroup } from "../../src/core/reason.js";
import type { FaultRow } from "../../src/gpu/faults/fault.js";
import { metricName } from "../../src/outputs/metrics/readings.js";
import { groupsByName } from "./reasons.js";

/** The tables of the docs, from the declarations in the source. */

type Shape = Readonly<Record<string, z.core.$ZodType>>;

/** One row for each option; those of a mapping inside follow it with their whole path. */
export function optionsTable(shape: Shape): string {
  const rows = Object.entries(shape).flatMap(([key, schema]) => optionRows(key, schema));
  return table(["option", "value", "default", "what it does"], rows);
}

export function checkTypeSection(type: AnyCheckType): string {
  const { shape } = type.options();
  const options = Object.keys(shape).length === 0 ? "It has no options of its own." : optionsTable(shape);
  const readings = Object.entries(type.readings).map(([, declaration]) => [
    `\`${metricName(declaration)}\``,
    declaration.help,
  ]);
  return [
    `## \`${type.type}\``,
    type.summary,
    options,
    ...(type.schedule === undefined ? [] : [`Schedule where nothing is said: ${scheduleText(type.schedule)}.`]),
    ...(readings.length === 0 ? [] : [table(["metric", "what it is"], readings)]),
    `Reasons: ${type.reasons.map(reasonLink).join(", ")}, and what [every check](reasons.md#every-check) can have.`,
  ].join("\n\n");
}

const reasonLink = (name: string): string => {
  const group = groupsByName[name];
  return group === undefined ? `[\`${name}\`](reasons.md#${name})` : `[${group.title}](reasons.md#${anchorOf(group)})`;
};

const anchorOf = ({ title }: ReasonGroup): string => title.toLowerCase().replaceAll(" ", "-");

/** A group of reasons, with the types of checks that list it by this name, or a single reason of it. */
export function reasonSection(name: string, group: ReasonGroup, types: readonly AnyCheckType[]): string {
  const listing = (entry: string): string =>
    types
      .filter(({ reasons }) => reasons.some((each) => each === entry))
      .map(({ type }) => `[\`${type}\`](checks.md#${type})`)
      .join(", ");
  const rows = Object.entries(group.reasons).map(([reason, { means, look }]) => [
    `<a id="${reason}"></a>\`${reason}\``,
    means,
    look,
    listing(reason),
  ]);
  const hasSingles = rows.some(([, , , singly]) => singly !== "");
  const all = listing(name);
  const headings = ["reason", "what it means", "where to look", all === "" ? "types of checks" : "types beside those"];
  const width = hasSingles ? headings.length : headings.length - 1;
  return [
    `## ${group.title}`,
    ...(group.about === undefined ? [] : [group.about]),
    ...(all === "" ? [] : [`Types of checks: ${all}.`]),
    table(
      headings.slice(0, width),
      rows.map((row) => row.slice(0, width)),
    ),
  ].join("\n\n");
}

export function faultTable(rows: readonly FaultRow[]): string {
  const cells = rows.map(({ fault, severity, lasts, sentence, remedy, source }) => [
    `\`${fault}\``,
    severity,
    severity === "fatal" || severity === "degraded" || lasts === "signal" ? lasts : "",
    `The GPU ${sentence}.`,
    remedy,
    source,
  ]);
  return table(["fault", "severity", "lasts", "what it says", "remedy", "source"], cells);
}

/** Replaces what stands between `<!-- NAME -->` and `<!-- end -->`. */
export function fillIn(document: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((text, [name, part]) => {
    const [before, rest] = split(text, `<!-- ${name} -->\n`);
    const [, after] = split(rest, "<!-- end -->");
    return `${before}<!-- ${name} -->\n\n${part}\n\n<!-- end -->${after}`;
  }, document);
}

export function scheduleText(schedule: Partial<Schedule>): string {
  const { intervalMs, timeoutMs, initialDelayMs, jitter, failureThreshold, successThreshold } = schedule;
  return Object.entries({
    interval: milliseconds(intervalMs),
    timeout: milliseconds(timeoutMs),
    initialDelay: milliseconds(initialDelayMs),
    jitter: jitter === undefined ? undefined : `${jitter * 100}%`,
    failureThreshold,
    successThreshold,
  })
    .flatMap(([key, value]) => (value === undefined ? [] : [`\`${key}: ${value}\``]))
    .join(", ");
}

const milliseconds = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : value % 1000 === 0 ? `${value / 1000}s` : `${value}ms`;

function split(text: string, separator: string): readonly [string, string] {
  const index = text.indexOf(separator);
  if (index < 0) throw new Error(`the document has no ${separator.trim()}`);
  return [text.slice(0, index), text.slice(index + separator.length)];
}

export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(headings), `|${"---|".repeat(headings.length)}`, ...rows.map(line)].join("\n");
}

function optionRows(path: string, schema: z.core.$ZodType): readonly (readonly string[])[] {
  const description = z.globalRegistry.get(schema)?.description;
  if (description === undefined) throw new Error(`the option ${path} has no description`);
  const { inner, fallback } = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    const rows = Object.entries(inner.shape).flatMap(([key, child]) => optionRows(`${path}.${key}`, child));
    return [[`\`${path}\``, "mapping", "", description], ...rows];
  }
  return [[`\`${path}\``, kindOf(inner), fallback, description]];
}

/** The schema under its defaults, and the default in words. */
function unwrap(schema: z.core.$ZodType): { readonly inner: z.core.$ZodType; readonly fallback: string } {
  if (schema instanceof z.ZodOptional) return { inner: schema.def.innerType, fallback: "" };
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    const value: unknown = schema.def.defaultValue;
    const isEmpty = value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
    return { inner: schema.def.innerType, fallback: isEmpty ? "" : `\`${String(value)}\`` };
  }
  return { inner: schema, fallback: "required" };
}

function kindOf(schema: z.core.$ZodType): string {
  const kind = z.globalRegistry.get(schema)?.kind;
  if (typeof kind === "string") return kind;
  if (schema instanceof z.ZodEnum) return schema.options.map((option) => `\`${option}\``).join(" | ");
  if (schema instanceof z.ZodLiteral) return [...schema.values].map((value) => `\`${value}\``).join(" | ");
  if (schema instanceof z.ZodUnion) return schema.options.map(kindOf).join(" or ");
  if (schema instanceof z.ZodArray || schema instanceof z.ZodTuple) return "list";
  if (schema instanceof z.ZodRecord) return "mapping of names to texts";
  if (schema instanceof z.ZodNumber) return schema.isInt ? "whole number" : "number";
  if (schema instanceof z.ZodBoolean) return "`true` | `false`";
  return "text";
}
