import type { Row } from "./panel.js";
import { fleet } from "./selectors.js";

const none = [{ color: "green" }, { color: "red", value: 1 }] as const;
const few = [{ color: "green" }, { color: "orange", value: 1 }] as const;

/** All servers: what is wrong, where, and how much capacity is left. */
export const fleetRow: Row = {
  title: "Fleet",
  panels: [
    {
      kind: "stat",
      title: "Ready",
      description: "Share of the servers that take traffic. One that cannot be scraped counts as not ready.",
      queries: [{ expr: `min(job:gpu_health_ready:ratio{${fleet}})` }],
      unit: "percentunit",
      steps: [{ color: "red" }, { color: "orange", value: 0.5 }, { color: "green", value: 0.9 }],
      width: 4,
      height: 4,
    },
    {
      kind: "stat",
      title: "Servers",
      description: "Servers that Prometheus knows, whether they answer or not.",
      queries: [{ expr: `sum(job:gpu_health_targets:count{${fleet}})` }],
      width: 4,
      height: 4,
    },
    {
      kind: "stat",
      title: "Not reachable",
      description: "Servers that Prometheus cannot scrape. Nothing is known of their GPUs.",
      queries: [{ expr: `sum(1 - up{${fleet}})` }],
      steps: none,
      width: 4,
      height: 4,
    },
    {
      kind: "stat",
      title: "GPUs",
      description: "GPUs that can be seen, without their MIG instances.",
      queries: [{ expr: `sum(job:gpu_health_gpus:count{${fleet}})` }],
      width: 4,
      height: 4,
    },
    {
      kind: "stat",
      title: "Broken GPUs",
      description: "GPUs with a fault that keeps traffic away.",
      queries: [{ expr: `sum(job:gpu_health_gpus_faulty:count{${fleet}})` }],
      steps: none,
      width: 4,
      height: 4,
    },
    {
      kind: "stat",
      title: "Drained",
      description: "Servers that turn traffic away on purpose. They have no alerts meanwhile.",
      queries: [{ expr: `sum(gpu_health_draining{${fleet}})` }],
      steps: few,
      width: 4,
      height: 4,
    },
    {
      kind: "table",
      title: "What is wrong now",
      description:
        "Each check that fails or is degraded by itself, without what fails as its consequence. Reasons are in the " +
        "fault catalogue and in the reference of checks; /health of the instance has the sentence and the remedy.",
      queries: [{ expr: `gpu_health_problem{${fleet}}` }],
      columns: {
        severity: "Severity",
        instance: "Server",
        check: "Check",
        subject: "About",
        reason: "Reason",
        status: "Status",
        uuid: "UUID",
        simulated: "Simulated",
      },
      width: 24,
      height: 8,
    },
    {
      kind: "states",
      title: "Readiness of each server",
      description: "A gap is a server that could not be scraped.",
      queries: [{ expr: `gpu_health_component_serving{${fleet}, component="readiness"}`, legend: "{{instance}}" }],
      meanings: [
        { value: 0, text: "not serving", color: "red" },
        { value: 1, text: "serving", color: "green" },
      ],
      width: 12,
      height: 8,
    },
    {
      kind: "lines",
      title: "Ready, over time",
      description: "Share of the servers that take traffic. Below the line the alert about the fleet begins.",
      queries: [{ expr: `job:gpu_health_ready:ratio{${fleet}}`, legend: "{{cluster}} {{job}}" }],
      unit: "percentunit",
      min: 0,
      max: 1,
      steps: [{ color: "red" }, { color: "green", value: 0.5 }],
      width: 12,
      height: 8,
    },
    {
      kind: "table",
      title: "Ready in the last day",
      description: "Share of the last day in which the server took traffic. While it could not be scraped it did not.",
      queries: [
        {
          expr:
            `sort(sum_over_time(gpu_health_component_serving{${fleet}, component="readiness"}[1d]) ` +
            `/ on (cluster, job, instance) group_left () count_over_time(up{${fleet}}[1d]))`,
        },
      ],
      columns: { cluster: "Cluster", instance: "Server" },
      valueTitle: "Ready",
      unit: "percentunit",
      width: 8,
      height: 8,
    },
    {
      kind: "lines",
      title: "How busy the fleet is",
      description: "Mean utilization of all GPUs, and the share of all their memory that is taken.",
      queries: [
        { expr: `job:gpu_health_gpu_utilization:avg{${fleet}}`, legend: "{{cluster}} utilization" },
        { expr: `job:gpu_health_gpu_memory_used:ratio{${fleet}}`, legend: "{{cluster}} memory" },
      ],
      unit: "percentunit",
      min: 0,
      max: 1,
      width: 8,
      height: 8,
    },
    {
      kind: "lines",
      title: "Power of the fleet",
      description: "What all GPUs draw together.",
      queries: [{ expr: `job:gpu_health_gpu_power_watts:sum{${fleet}}`, legend: "{{cluster}} {{job}}" }],
      unit: "watt",
      min: 0,
      width: 8,
      height: 8,
    },
    {
      kind: "table",
      title: "Models and drivers",
      description: "How many GPUs of each model run on which driver. Faults of one row only point to its driver.",
      queries: [{ expr: `count by (name, driver, cuda) (gpu_health_gpu_info{${fleet}, mig=""})` }],
      columns: { name: "Model", driver: "Driver", cuda: "CUDA" },
      valueTitle: "GPUs",
      width: 24,
      height: 5,
    },
  ],
};
