import type { Meaning, Row } from "./panel.js";
import { node } from "./selectors.js";

const statuses: readonly Meaning[] = [
  { value: 0, text: "healthy", color: "green" },
  { value: 1, text: "degraded", color: "orange" },
  { value: 2, text: "unhealthy", color: "red" },
  { value: 3, text: "unknown", color: "blue" },
];

/** A state set as one number, as {@link statuses} has it. */
const asNumber = (metric: string, labels: string): string =>
  ["degraded", "unhealthy", "unknown"]
    .map((status, at) => `${at + 1} * sum by (${labels}) (${metric}{${node}, status="${status}"})`)
    .join(" + ");

/** What is served, and the checks that it rests on. */
export const componentsRow: Row = {
  title: "Components and checks",
  panels: [
    {
      kind: "states",
      title: "Components",
      description: "Degraded serves on; unhealthy and unknown take no traffic.",
      queries: [
        {
          expr: asNumber("gpu_health_component_status", "instance, component"),
          legend: "{{instance}} {{component}}",
        },
      ],
      meanings: statuses,
      width: 12,
      height: 10,
    },
    {
      kind: "states",
      title: "Checks",
      description: "Each check, and each GPU that it looks at.",
      queries: [
        {
          expr: asNumber("gpu_health_check_status", "instance, check, subject"),
          legend: "{{instance}} {{check}} {{subject}}",
        },
      ],
      meanings: statuses,
      width: 12,
      height: 10,
    },
    {
      kind: "table",
      title: "Reasons",
      description: "Why each component has its status.",
      queries: [{ expr: `gpu_health_component_reason{${node}}` }],
      columns: { instance: "Server", component: "Component", reason: "Reason" },
      width: 12,
      height: 8,
    },
    {
      kind: "table",
      title: "Down because of another check",
      description: "Components that are down as a consequence: mend the cause.",
      queries: [{ expr: `gpu_health_component_consequence{${node}}` }],
      columns: { instance: "Server", component: "Component", cause: "Cause" },
      width: 6,
      height: 8,
    },
    {
      kind: "table",
      title: "Since when",
      description: "Time since the component's status last changed.",
      queries: [{ expr: `sort(time() - gpu_health_component_last_transition_timestamp_seconds{${node}})` }],
      columns: { instance: "Server", component: "Component" },
      valueTitle: "Unchanged for",
      unit: "s",
      width: 6,
      height: 8,
    },
    {
      kind: "lines",
      title: "Runs that fail",
      description: "Share of unhealthy runs in the last quarter of an hour. Between 0 and 1: it comes and goes.",
      queries: [
        { expr: `instance_check:gpu_health_check_unhealthy:ratio_rate15m{${node}}`, legend: "{{instance}} {{check}}" },
      ],
      unit: "percentunit",
      min: 0,
      max: 1,
      width: 8,
      height: 8,
    },
    {
      kind: "lines",
      title: "How long checks take",
      description: "99th percentile of the runs. Towards the check's timeout it is about to fail.",
      queries: [
        {
          expr:
            "histogram_quantile(0.99, sum by (instance, check, le) " +
            `(rate(gpu_health_check_duration_seconds_bucket{${node}}[$__rate_interval])))`,
          legend: "{{instance}} {{check}}",
        },
      ],
      unit: "s",
      min: 0,
      width: 8,
      height: 8,
    },
    {
      kind: "lines",
      title: "How long dependencies take to answer",
      description: "As the checks of services measured it last.",
      queries: [
        {
          expr: `{__name__=~"gpu_health_.+_(response|query|ping|connect|lookup|handshake|canary)_seconds", ${node}}`,
          legend: "{{instance}} {{check}}",
        },
      ],
      unit: "s",
      min: 0,
      width: 8,
      height: 8,
    },
    {
      kind: "table",
      title: "The server's own alerts",
      description: "How many alerts each receiver has been told of and are not over.",
      queries: [{ expr: `gpu_health_alerts_firing{${node}}` }],
      columns: { instance: "Server", receiver: "Receiver" },
      valueTitle: "Firing",
      width: 12,
      height: 6,
    },
    {
      kind: "table",
      title: "Restarts of supervised programs",
      description: "Since the server started.",
      queries: [{ expr: `gpu_health_supervise_restarts_total{${node}}` }],
      columns: { instance: "Server", supervised: "Program", outcome: "Outcome" },
      valueTitle: "Restarts",
      width: 12,
      height: 6,
    },
  ],
};
