import { Registry as PromRegistry } from "prom-client";
import type { AlertDelivery } from "../../core/alerting.js";
import type { CheckRun } from "../../core/check.js";
import type { Clock } from "../../core/clock.js";
import type { EventLoopDelays } from "../../core/event-loop-delays.js";
import type { ListenerState } from "../../core/listener-state.js";
import type { NodeReportingState } from "../../core/node-reporting.js";
import type { ProbeCounts } from "../../core/probe-counts.js";
import type { Registry } from "../../core/registry.js";
import type { ConfigurationState } from "../../core/reload.js";
import type { SupervisionCounts } from "../../core/supervision.js";
import { collectAlerts } from "./alerts.js";
import { collectCheckStatus, countCheckRuns } from "./checks.js";
import { collectCounter, collectGauge } from "./collected.js";
import { collectComponents } from "./components.js";
import { collectConfiguration } from "./configuration.js";
import { collectDcgm } from "./dcgm.js";
import { collectEventLoopDelay, RecentDelays } from "./event-loop.js";
import { collectFaults } from "./faults.js";
import { collectListeners } from "./listeners.js";
import { collectNodeReporting } from "./node-reporting.js";
import { collectProblems } from "./problems.js";
import { collectProcess } from "./process.js";
import { collectReadings, type ReadingDeclarations } from "./readings.js";
import { collectSupervision } from "./supervise.js";

export interface MetricsOptions {
  readonly registry: Registry;
  readonly probeCounts: ProbeCounts;
  readonly clock: Clock;
  readonly eventLoop: EventLoopDelays;
  readonly readingDeclarations: ReadingDeclarations;
  /** Of this program. */
  readonly version: string;
  /** Whether the GPUs are simulated: a label of every GPU reading. */
  readonly simulated: () => boolean;
  /** Whether dcgm-exporter's names are there beside ours. */
  readonly dcgmNames: boolean;
  readonly hostname: string;
  /** Open Watch streams. */
  readonly watchers: () => number;
  readonly listeners: () => readonly ListenerState[];
  readonly droppedLogLines: () => number;
  readonly configuration: () => ConfigurationState;
  readonly alertDeliveries: () => readonly AlertDelivery[];
  readonly unexpectedErrors: () => number;
  readonly supervised: () => readonly SupervisionCounts[];
  /** The host program's, where the metrics are to be among its own. */
  readonly hostRegistry?: HostRegistry | undefined;
  /** Undefined where nothing is written to Kubernetes. */
  readonly nodeReporting: () => NodeReportingState | undefined;
}

/** What is needed of a registry of prom-client that somebody else made. */
export type HostRegistry = Pick<PromRegistry, "registerMetric" | "removeSingleMetric" | "metrics" | "contentType">;

export interface Metrics {
  /** To be called after each run of a check. */
  observeRun(run: CheckRun): void;
  /** Puts the metrics into the host's registry; throws where that has one of these names already. */
  start(): void;
  /** The exposition, and the `Content-Type` to send with it. */
  text(): Promise<{ readonly contentType: string; readonly body: string }>;
  /** Ends the watch over the event loop, and takes the metrics out of the host's registry. */
  stop(): void;
}

/**
 * All metrics of one server, in a registry of their own: a host program's metrics stay apart, unless it gives a registry
 * for both.
 */
export function createMetrics(options: MetricsOptions): Metrics {
  const { registry, probeCounts, version, hostRegistry } = options;
  const register = new PromRegistry();
  collectGauge(register, {
    name: "gpu_health_build_info",
    help: "Always 1; the labels are the versions of this program and of Node.",
    samples: () => [{ labels: { version, node: process.versions.node }, value: 1 }],
  });
  collectComponents(register, registry);
  collectCheckStatus(register, registry);
  const observeRun = countCheckRuns(register);
  collectReadings(register, registry, options.readingDeclarations, options.simulated);
  collectFaults(register, registry, options.simulated);
  collectProblems(register, registry, options.clock, options.simulated);
  if (options.dcgmNames) collectDcgm(register, registry, options);
  collectCounter(register, {
    name: "gpu_health_probe_requests_total",
    help: "Probes answered, by the question and the answer.",
    samples: () => [...probeCounts].map(({ kind, result, count }) => ({ labels: { kind, result }, value: count })),
  });
  collectGauge(register, {
    name: "gpu_health_watchers",
    help: "Open Watch streams.",
    samples: () => [{ labels: {}, value: options.watchers() }],
  });
  collectListeners(register, options.listeners);
  collectCounter(register, {
    name: "gpu_health_log_lines_dropped_total",
    help: "Log lines lost because standard output stalled or failed.",
    samples: () => [{ labels: {}, value: options.droppedLogLines() }],
  });
  collectConfiguration(register, options.configuration);
  collectSupervision(register, options.supervised);
  collectNodeReporting(register, options.nodeReporting);
  collectAlerts(register, options.alertDeliveries);
  collectCounter(register, {
    name: "gpu_health_unexpected_errors_total",
    help: "Errors that were thrown where nothing catches them, and survived: each is a bug worth a report.",
    samples: () => [{ labels: {}, value: options.unexpectedErrors() }],
  });
  const recentDelays = new RecentDelays(options.eventLoop, options.clock);
  collectEventLoopDelay(register, recentDelays);
  // What a host wants to know of its process it collects itself, under these very names.
  if (hostRegistry === undefined) collectProcess(register);
  const shown = hostRegistry ?? register;
  let leaveHost = (): void => {};
  // One text for all who ask while it is being made: many scrapes at once cost no more than one.
  let rendering: Promise<string> | undefined;
  const render = (): Promise<string> => {
    rendering ??= shown.metrics().finally(() => {
      rendering = undefined;
    });
    return rendering;
  };
  return {
    observeRun,
    start() {
      if (hostRegistry !== undefined) leaveHost = joinHost(hostRegistry, register);
    },
    text: async () => ({ contentType: shown.contentType, body: await render() }),
    stop() {
      leaveHost();
      recentDelays.stop();
    },
  };
}

/** Puts every metric into the host's registry too, all or none. Gives a function that takes them out. */
function joinHost(host: HostRegistry, own: PromRegistry): () => void {
  const joined: string[] = [];
  const leave = (): void => {
    for (const name of joined) host.removeSingleMetric(name);
  };
  try {
    for (const metric of own.getMetricsAsArray()) {
      host.registerMetric(own.getSingleMetric(metric.name) as Parameters<HostRegistry["registerMetric"]>[0]);
      joined.push(metric.name);
    }
  } catch (error) {
    leave();
    throw error;
  }
  return leave;
}
