import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { dashboard } from "../../deploy/grafana/source/dashboard.js";
import { inUseBy, panelsOf } from "../support/dashboard.js";

const repository = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const read = (path: string): string => readFileSync(repository(path), "utf8");

/** What Grafana itself brings along; anything else would have to be installed. */
const corePanels = ["row", "stat", "timeseries", "state-timeline", "table"];

const panels = panelsOf(dashboard());
const queried = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

describe("the dashboard", () => {
  it("is in deploy/grafana/gpu-health.json as its source has it", async () => {
    await expect(`${JSON.stringify(dashboard(), undefined, 2)}\n`).toMatchFileSnapshot(
      repository("deploy/grafana/gpu-health.json"),
    );
  });

  it("has panels of Grafana's own kinds, each with an id, a title and a description of its own", () => {
    const seen = panels.filter(({ type }) => type !== "row");
    expect(seen.length).toBeGreaterThan(40);
    for (const { type } of panels) expect(corePanels).toContain(type);
    for (const { title, description } of seen) expect(description, title).toMatch(/\.$/);
    const distinct = <T>(values: readonly T[]): number => new Set(values).size;
    expect(distinct(panels.map(({ id }) => id))).toBe(panels.length);
    expect(distinct(panels.map(({ title }) => title))).toBe(panels.length);
  });

  it("has panels that lie within its 24 columns, and none on another", () => {
    const cells = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(cells.get(`${x},${y}`), `${title} at ${x},${y}`).toBeUndefined();
          cells.set(`${x},${y}`, title);
        }
      }
    }
  });

  it("asks for metrics that docs/metrics.md or the recording rules have", () => {
    const known = `${read("docs/metrics.md")}\n${read("deploy/prometheus/recording-rules.yml")}`;
    const names = new Set(queried.flatMap((expr) => expr.match(/[a-z_]+:[a-z0-9_:]+|\bgpu_health_[a-z0-9_]+/g) ?? []));
    expect(names.size).toBeGreaterThan(40);
    for (const name of names) {
      const family = name.replace(/_bucket$/, "");
      expect(known.includes(`\`${family}\``) || known.includes(`record: ${family}\n`), name).toBe(true);
    }
  });

  it("declares each variable that its queries use, and uses each", () => {
    const { templating } = z
      .object({ templating: z.object({ list: z.array(z.object({ name: z.string() }).loose()) }) })
      .parse(dashboard());
    const declared = templating.list.map(({ name }) => name);
    const used = inUseBy(JSON.stringify(dashboard()));
    expect([...used].filter((name) => !name.startsWith("__")).sort()).toEqual(declared.toSorted());
  });
});
