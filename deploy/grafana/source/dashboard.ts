import { componentsRow } from "./components.js";
import { fleetRow } from "./fleet.js";
import { gpuRow } from "./gpu.js";
import { nodeRow } from "./node.js";
import { type Panel, panelModel, type Row } from "./panel.js";

const rows: readonly Row[] = [fleetRow, nodeRow, gpuRow, componentsRow];
const columns = 24;

/** The dashboard as Grafana provisions it. `npx vitest run test/deploy -u` writes it to gpu-health.json. */
export function dashboard(): object {
  return {
    uid: "gpu-health",
    title: "GPU health",
    description: "Whether GPU servers can take traffic, and why not: gpu-health. Needs recording-rules.yml.",
    tags: ["gpu", "gpu-health"],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    timezone: "browser",
    annotations: { list: [] },
    links: [],
    templating: { list: variables },
    panels: placed(),
  };
}

/** The rows below each other, the panels of each from left to right, so that none overlaps another. */
function placed(): readonly object[] {
  let y = 0;
  let id = 0;
  const models: object[] = [];
  for (const { title, panels } of rows) {
    id += 1;
    models.push({ id, type: "row", title, collapsed: false, gridPos: { x: 0, y, w: columns, h: 1 }, panels: [] });
    y += 1;
    for (const line of linesOf(panels)) {
      let x = 0;
      for (const panel of line) {
        id += 1;
        models.push(panelModel(panel, id, { x, y, w: panel.width, h: panel.height }));
        x += panel.width;
      }
      y += Math.max(...line.map(({ height }) => height));
    }
  }
  return models;
}

/** As many panels in a line as its columns take. */
function linesOf(panels: readonly Panel[]): readonly (readonly Panel[])[] {
  const lines: Panel[][] = [];
  let left = 0;
  for (const panel of panels) {
    const line = lines.at(-1);
    if (line === undefined || panel.width > left) {
      lines.push([panel]);
      left = columns;
    } else {
      line.push(panel);
    }
    left -= panel.width;
  }
  return lines;
}

const prometheus = { type: "prometheus", uid: "$datasource" };

/** A choice among the values of a label; all of them at first, those of servers without the label too. */
const labelValues = (name: string, label: string, metric: string) => ({
  name,
  label,
  type: "query",
  datasource: prometheus,
  query: { query: `label_values(${metric}, ${name})`, refId: name },
  definition: `label_values(${metric}, ${name})`,
  refresh: 2,
  sort: 3,
  multi: true,
  includeAll: true,
  allValue: ".*",
  current: { selected: true, text: ["All"], value: ["$__all"] },
});

const variables = [
  { name: "datasource", label: "Data source", type: "datasource", query: "prometheus", current: {}, refresh: 1 },
  labelValues("cluster", "Cluster", "gpu_health_build_info"),
  labelValues("job", "Job", 'gpu_health_build_info{cluster=~"$cluster"}'),
  labelValues("instance", "Server", 'gpu_health_build_info{cluster=~"$cluster", job=~"$job"}'),
  labelValues("gpu", "GPU", 'gpu_health_gpu_info{cluster=~"$cluster", job=~"$job", instance=~"$instance"}'),
];
