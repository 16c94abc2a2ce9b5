import type { Row } from "./panel.js";
import { node } from "./selectors.js";

/** The chosen servers themselves, and their machines. */
export const nodeRow: Row = {
  title: "Node",
  panels: [
    {
      kind: "table",
      title: "Why it is as it is",
      description: "The reason of readiness; «ok» while traffic flows.",
      queries: [{ expr: `gpu_health_component_reason{${node}, component="readiness"}` }],
      columns: { instance: "Server", reason: "Reason" },
      width: 8,
      height: 7,
    },
    {
      kind: "lines",
      title: "Memory of the machine",
      description: "Memory in use that cannot simply be taken back, against the limit, as the `memory` check sees it.",
      queries: [
        {
          expr: `gpu_health_memory_used_bytes{${node}} / gpu_health_memory_limit_bytes{${node}}`,
          legend: "{{instance}} {{check}}",
        },
      ],
      unit: "percentunit",
      min: 0,
      max: 1,
      steps: [{ color: "green" }, { color: "red", value: 0.9 }],
      width: 8,
      height: 7,
    },
    {
      kind: "lines",
      title: "Disk of the machine",
      description: "Used share of the file systems that `disk` checks look at.",
      queries: [
        {
          expr: `1 - gpu_health_disk_free_bytes{${node}} / gpu_health_disk_size_bytes{${node}}`,
          legend: "{{instance}} {{check}}",
        },
      ],
      unit: "percentunit",
      min: 0,
      max: 1,
      steps: [{ color: "green" }, { color: "red", value: 0.95 }],
      width: 8,
      height: 7,
    },
    {
      kind: "lines",
      title: "Probes",
      description:
        "Probes answered, by the question and the answer. No line of kubelet or load balancer: they do not ask.",
      queries: [
        {
          expr: `sum by (instance, kind, result) (rate(gpu_health_probe_requests_total{${node}}[$__rate_interval]))`,
          legend: "{{instance}} {{kind}} {{result}}",
        },
      ],
      unit: "reqps",
      min: 0,
      width: 8,
      height: 7,
    },
    {
      kind: "lines",
      title: "Connections and watchers",
      description: "Open connections of each listener, and open Watch streams.",
      queries: [
        {
          expr: `sum by (instance, server) (gpu_health_listener_connections{${node}})`,
          legend: "{{instance}} {{server}}",
        },
        { expr: `gpu_health_watchers{${node}}`, legend: "{{instance}} watchers" },
      ],
      min: 0,
      width: 8,
      height: 7,
    },
    {
      kind: "lines",
      title: "Delay of the event loop",
      description: "How late the server's own loop is. Half a second would be felt by probes.",
      queries: [
        { expr: `gpu_health_event_loop_delay_seconds{${node}, stat="p99"}`, legend: "{{instance}} p99" },
        { expr: `gpu_health_event_loop_delay_seconds{${node}, stat="max"}`, legend: "{{instance}} max" },
      ],
      unit: "s",
      min: 0,
      steps: [{ color: "green" }, { color: "red", value: 0.5 }],
      width: 8,
      height: 7,
    },
    {
      kind: "lines",
      title: "CPU of the server",
      description: "Cores that gpu-health itself takes.",
      queries: [{ expr: `rate(process_cpu_seconds_total{${node}}[$__rate_interval])`, legend: "{{instance}}" }],
      min: 0,
      width: 8,
      height: 7,
    },
    {
      kind: "lines",
      title: "Memory of the server",
      description: "Memory of gpu-health itself that is in RAM.",
      queries: [{ expr: `process_resident_memory_bytes{${node}}`, legend: "{{instance}}" }],
      unit: "bytes",
      min: 0,
      width: 8,
      height: 7,
    },
    {
      kind: "lines",
      title: "What the server loses or survives",
      description:
        "Log lines lost, connections refused, errors that nothing caught, in the last hour. Each should be 0.",
      queries: [
        { expr: `increase(gpu_health_log_lines_dropped_total{${node}}[1h])`, legend: "{{instance}} log lines" },
        {
          expr: `sum by (instance) (increase(gpu_health_listener_refused_connections_total{${node}}[1h]))`,
          legend: "{{instance}} refused connections",
        },
        { expr: `increase(gpu_health_unexpected_errors_total{${node}}[1h])`, legend: "{{instance}} unexpected errors" },
      ],
      min: 0,
      width: 8,
      height: 7,
    },
    {
      kind: "table",
      title: "Versions",
      description: "Version, time since the start, and whether the newest configuration was taken.",
      queries: [
        {
          expr:
            `(time() - process_start_time_seconds{${node}}) * on (cluster, job, instance) group_left (version) ` +
            `gpu_health_build_info{${node}}`,
        },
      ],
      columns: { instance: "Server", version: "Version" },
      valueTitle: "Up",
      unit: "s",
      width: 12,
      height: 6,
    },
    {
      kind: "table",
      title: "Configuration",
      description: "Seconds since the configuration in force was read, of each server.",
      queries: [{ expr: `time() - gpu_health_config_last_reload_success_timestamp_seconds{${node}}` }],
      columns: { instance: "Server" },
      valueTitle: "Read",
      unit: "s",
      width: 6,
      height: 6,
    },
    {
      kind: "table",
      title: "Certificates",
      description: "Time until the certificate of a listener ends. No rows: no TLS.",
      queries: [{ expr: `gpu_health_listener_certificate_expiry_timestamp_seconds{${node}} - time()` }],
      columns: { instance: "Server", server: "Listener" },
      valueTitle: "Left",
      unit: "s",
      steps: [{ color: "red" }, { color: "green", value: 604_800 }],
      width: 6,
      height: 6,
    },
  ],
};
