import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { allReasons } from "../support/reasons.js";

const inRepository = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const read = (path: string): string => readFileSync(inRepository(path), "utf8");

const file = z.object({
  groups: z.array(
    z
      .object({
        rules: z.array(
          z.object({ alert: z.string().optional(), record: z.string().optional(), expr: z.string() }).loose(),
        ),
      })
      .loose(),
  ),
});
const alertRule = z.object({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.strictObject({ severity: z.enum(["critical", "warning"]) }),
  annotations: z.strictObject({ summary: z.string(), description: z.string(), runbook_url: z.string() }),
  keep_firing_for: z.string().optional(),
});

const rules = file.parse(parse(read("deploy/prometheus/alert-rules.yml"))).groups.flatMap((group) => group.rules);
const alerts = rules.filter(({ alert }) => alert !== undefined).map((rule) => alertRule.strict().parse(rule));

/** The text below each heading of the second level. */
const sections = new Map(
  read("docs/runbooks.md")
    .split(/^## /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf("\n")), section.slice(section.indexOf("\n"))]),
);

describe("every alert", () => {
  it("has a section of its own in docs/runbooks.md, in the same order", () => {
    expect([...sections.keys()]).toEqual(alerts.map(({ alert }) => alert));
  });

  it.each(alerts)("$alert points to its runbook, which says what it means, where to look and what to do", (rule) => {
    expect(rule.annotations.runbook_url).toBe(`docs/runbooks.md#${rule.alert.toLowerCase()}`);
    const runbook = sections.get(rule.alert) ?? "";
    expect(runbook).toContain(rule.labels.severity === "critical" ? "**Critical.**" : "**Warning.**");
    expect(runbook).toMatch(/\*\*Look/);
    expect(runbook).toMatch(/\*\*Do|\*\*do\*\*/);
  });

  it("sorts by reasons that there are", () => {
    const kinds = rules.find(({ record }) => record === "gpu_health:problem:kind")?.expr ?? "";
    const patterns = [...kinds.matchAll(/"reason", "([^"]+)"/g)].flatMap(([, pattern = ""]) => pattern.split("|"));
    expect(patterns.length).toBeGreaterThan(10);
    for (const pattern of patterns) {
      const isThere = allReasons.some((reason) => new RegExp(`^(?:${pattern})$`).test(reason));
      expect(isThere, pattern).toBe(true);
    }
  });

  it("is told of one job only, whose name is what stays to be changed", () => {
    for (const { expr } of alerts) expect(expr).toMatch(/job="gpu-health"|gpu_health:problem:kind|^job:/);
  });
});
