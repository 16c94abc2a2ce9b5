import { ProbeCounts } from "../../../src/core/probe-counts.js";
import type { ConfigurationState } from "../../../src/core/reload.js";
import { present } from "../../../src/core/result.js";
import type { DetailsOptions } from "../../../src/outputs/http/details.js";
import { createHttpApp } from "../../../src/outputs/http/http-app.js";
import { LiveFeed } from "../../../src/outputs/http/live/live-feed.js";
import { LiveStreams } from "../../../src/outputs/http/live/streams.js";
import type { PageAssets } from "../../../src/outputs/http/page/assets.js";
import type { GpuLibrary, ReportContext } from "../../../src/outputs/http/report.js";
import { GpuRegistry } from "../../support/gpu-registry.js";

export const simulatedLibrary: GpuLibrary = {
  phase: "ready",
  path: "libnvidia-ml.so.1",
  simulated: true,
  driverVersion: present("580.1"),
  nvmlVersion: present("13"),
  cudaDriverVersion: present(13_000),
};

const pageAssets: PageAssets = {
  names: { "page.js": "page-0a1b.js", "page.css": "page-2c3d.css", "unhealthy.svg": "unhealthy-4e5f.svg" },
  files: new Map([["page-0a1b.js", { contentType: "text/javascript", body: new TextEncoder().encode("//") }]]),
};

const loadedAtWallMs = Date.parse("2026-01-01T00:00:00Z");

/** A configuration that is in force since the start. */
export const loadedConfiguration: ConfigurationState = {
  file: "/etc/gpu-health.yaml",
  loadedAtWallMs,
  restartNeeded: [],
  lastReload: { ok: true, restartNeeded: [] },
  lastReloadAtWallMs: loadedAtWallMs,
};

/** The HTTP routes over a registry of simulated GPUs. */
export function httpApp(
  library: GpuLibrary = simulatedLibrary,
  configuration: ConfigurationState = loadedConfiguration,
  details?: DetailsOptions,
) {
  const gpus = new GpuRegistry();
  const probeCounts = new ProbeCounts();
  const errors: unknown[] = [];
  const metrics = { text: async () => ({ contentType: "text/plain; version=0.0.4", body: "up 1\n" }) };
  const report: ReportContext = {
    clock: gpus.clock,
    version: "1.2.3",
    hostname: "node-7",
    startedAtWallMs: gpus.clock.wallMs(),
    gpuLibrary: () => library,
    configuration: () => configuration,
    alertDeliveries: () => [],
  };
  const feed = new LiveFeed(gpus.registry, report);
  const streams = new LiveStreams(feed, gpus.clock);
  const app = createHttpApp(
    {
      registry: gpus.registry,
      probeCounts,
      metricsText: () => metrics.text(),
      report,
      details,
      pageAssets: async () => pageAssets,
      onError: (error) => errors.push(error),
    },
    feed,
    streams,
  );
  const get = async (path: string, { from = "10.0.0.1" as string | undefined, headers = {} } = {}): Promise<Response> =>
    app.request(path, { headers }, { peer: { address: from, listener: "0.0.0.0:9091" } });
  return { gpus, probeCounts, errors, metrics, app, get, feed, streams };
}
