import { Hono } from "hono";
import type { ProbeCounts, ProbeKind } from "../../core/probe-counts.js";
import type { Registry } from "../../core/registry.js";
import { addFallbacks, type Endpoint } from "./fallbacks.js";
import { jsonResponse, textResponse } from "./json.js";
import { type AccessOptions, createListener, type Listener } from "./listener.js";
import { pageResponse } from "./page/page.js";
import { envoyHeaders, livenessAnswer, readinessAnswer, resultOf } from "./probes.js";
import { buildReport, type ReportContext } from "./report.js";

export interface HttpOptions {
  readonly registry: Registry;
  readonly probeCounts: ProbeCounts;
  readonly metricsText: () => Promise<{ readonly contentType: string; readonly body: string }>;
  readonly report: ReportContext;
  /** Told of a request that failed inside the server; the client gets a 500. */
  readonly onError: (error: unknown) => void;
}

/** The endpoints for probes, people and Prometheus, on the addresses of `listen`. */
export function createHttpServer(options: HttpOptions & AccessOptions): Listener {
  const app = createHttpApp(options);
  return createListener({ ...options, server: "http", fetch: (request) => app.fetch(request) });
}

const livenessPaths = ["/livez", "/healthz", "/health/live"];
const readinessPaths = ["/readyz", "/ready", "/health/ready"];
const startupPaths = ["/startupz", "/health/startup"];

/** The routes by themselves. Each reads the registry and answers at once: none runs a check or waits for one. */
export function createHttpApp({ registry, probeCounts, metricsText, report, onError }: HttpOptions): Hono {
  const app = new Hono();
  const endpoints: Endpoint[] = [];
  const get = (path: string, summary: string, handle: () => Response | Promise<Response>): void => {
    app.get(path, handle);
    endpoints.push({ method: "GET", path, summary });
  };
  const readiness = (kind: ProbeKind, component: string) => () => {
    const { statusCode, headers, body, result } = readinessAnswer(registry, component);
    probeCounts.add(kind, result);
    return jsonResponse(statusCode, body, headers);
  };

  get("/", "the status page", () => pageResponse(buildReport(registry, report)));
  for (const path of livenessPaths) {
    get(path, "200 unless this process itself is stuck", () => {
      const { statusCode, body, result } = livenessAnswer(registry);
      probeCounts.add("http_livez", result);
      return textResponse(statusCode, body);
    });
  }
  for (const path of readinessPaths) {
    get(path, "200 while traffic may flow, else 503 with the reason", readiness("http_readyz", "readiness"));
  }
  for (const path of startupPaths) {
    get(path, "200 once readiness was reached, else 503", readiness("http_startupz", "startup"));
  }
  get("/health", "the full report; 200 or 503 as /readyz", () => {
    const body = buildReport(registry, report);
    const result = resultOf(body);
    probeCounts.add("http_health", result);
    return jsonResponse(result === "serving" ? 200 : 503, body, envoyHeaders(body));
  });
  get("/metrics", "metrics for Prometheus", async () => {
    const { contentType, body } = await metricsText();
    return textResponse(200, body, contentType);
  });
  addFallbacks(app, endpoints, onError);
  return app;
}
