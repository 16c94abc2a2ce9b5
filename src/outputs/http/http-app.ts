import { type Context, Hono } from "hono";
import type { ProbeCounts, ProbeKind } from "../../core/probe-counts.js";
import type { Registry } from "../../core/registry.js";
import { createDetailsGuard, type DetailsOptions } from "./details.js";
import { addFallbacks, type Endpoint, type OnRequestError } from "./fallbacks.js";
import { jsonResponse, textResponse } from "./json.js";
import type { Peer } from "./listener.js";
import type { LiveFeed } from "./live/live-feed.js";
import { type LiveStreams, streamHeaders } from "./live/streams.js";
import { assetResponse, type LoadAssets } from "./page/assets.js";
import { documentResponse } from "./page/document.js";
import { livenessPaths, readinessPaths, startupPaths } from "./paths.js";
import { envoyHeaders, livenessAnswer, readinessAnswer, resultOf } from "./probes.js";
import { buildReport, type ReportContext } from "./report.js";

export interface HttpOptions {
  readonly registry: Registry;
  readonly probeCounts: ProbeCounts;
  readonly metricsText: () => Promise<{ readonly contentType: string; readonly body: string }>;
  readonly report: ReportContext;
  /** Undefined: everybody is told everything. */
  readonly details?: DetailsOptions | undefined;
  /** Of the status page. */
  readonly pageAssets: LoadAssets;
  readonly onError: OnRequestError;
}

/** What the listener tells the routes beside the request. */
export interface FromListener {
  readonly Bindings: { readonly peer: Peer };
}

type Handle = (context: Context<FromListener>) => Response | Promise<Response>;

/** The routes by themselves. Each reads the registry and answers at once: none runs a check or waits for one. */
export function createHttpApp(options: HttpOptions, feed: LiveFeed, streams: LiveStreams): Hono<FromListener> {
  const { registry, probeCounts, metricsText, report, pageAssets, onError } = options;
  const app = new Hono<FromListener>();
  const endpoints: Endpoint[] = [];
  const guard = options.details === undefined ? undefined : createDetailsGuard(options.details, onError);
  const mayReadDetails = async ({ req, env }: Context<FromListener>): Promise<boolean> =>
    guard === undefined || guard.mayRead(req.raw, env.peer);
  const get = (path: string, summary: string, handle: Handle): void => {
    app.get(path, handle);
    endpoints.push({ method: "GET", path, summary });
  };
  const getDetails = (path: string, summary: string, handle: Handle): void =>
    get(path, summary, async (context) =>
      guard === undefined || (await mayReadDetails(context)) ? handle(context) : guard.refusal(),
    );
  const readiness =
    (kind: ProbeKind, component: string): Handle =>
    async (context) => {
      const { statusCode, headers, body, result } = readinessAnswer(registry, component);
      probeCounts.add(kind, result);
      const shown = (await mayReadDetails(context)) ? body : { status: body.status };
      return jsonResponse(statusCode, shown, headers);
    };

  getDetails("/", "the status page", async () => documentResponse(feed.state(), await pageAssets()));
  app.get("/assets/:name", async ({ req }) => {
    const asset = (await pageAssets()).files.get(req.param("name"));
    return asset === undefined
      ? jsonResponse(404, { error: "there is no such file of the status page" })
      : assetResponse(asset);
  });
  for (const path of livenessPaths) {
    get(path, "200 unless this process itself is stuck", async (context) => {
      const { statusCode, body, result } = livenessAnswer(registry);
      probeCounts.add("http_livez", result);
      const isShown = result === "serving" || (await mayReadDetails(context));
      return textResponse(statusCode, isShown ? body : "not ok");
    });
  }
  for (const path of readinessPaths) {
    get(path, "200 while traffic may flow, else 503 with the reason", readiness("http_readyz", "readiness"));
  }
  for (const path of startupPaths) {
    get(path, "200 once readiness was reached, else 503", readiness("http_startupz", "startup"));
  }
  getDetails("/health", "the full report; 200 or 503 as /readyz", () => {
    const body = buildReport(registry, report);
    const result = resultOf(body);
    probeCounts.add("http_health", result);
    return jsonResponse(result === "serving" ? 200 : 503, body, envoyHeaders(body));
  });
  getDetails("/status", "the state and the last 15 minutes, as the status page has them", () =>
    textResponse(200, JSON.stringify(feed.status()), "application/json; charset=utf-8"),
  );
  getDetails("/status/stream", "the same and its changes, as server-sent events", ({ req }) =>
    // Nobody would read the stream of a HEAD request, and nobody would end it.
    req.raw.method === "HEAD" ? new Response(null, { headers: streamHeaders }) : streams.response(),
  );
  getDetails("/metrics", "metrics for Prometheus", async () => {
    const { contentType, body } = await metricsText();
    return textResponse(200, body, contentType);
  });
  addFallbacks(app, endpoints, onError);
  return app;
}
