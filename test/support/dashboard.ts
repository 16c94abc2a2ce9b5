import { z } from "zod";

const gridPos = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });
const panel = z.object({
  id: z.number(),
  type: z.string(),
  title: z.string(),
  description: z.string().default(""),
  gridPos,
  targets: z.array(z.object({ expr: z.string() }).loose()).default([]),
});

export type DashboardPanel = z.infer<typeof panel>;

/** The panels and rows of a Grafana dashboard. */
export const panelsOf = (dashboard: unknown): readonly DashboardPanel[] =>
  z.object({ panels: z.array(panel) }).parse(dashboard).panels;

/** Names of the variables in a text: `$instance`, `$datasource`, `$__rate_interval`. */
export const inUseBy = (text: string): ReadonlySet<string> =>
  new Set([...text.matchAll(/\$\{?(\w+)/g)].map(([, name = ""]) => name));

/** The query as Grafana sends it with «All» chosen everywhere. */
export const withEverythingChosen = (expr: string): string =>
  expr.replaceAll("$__rate_interval", "1m").replaceAll(/\$\{?\w+\}?/g, ".*");
