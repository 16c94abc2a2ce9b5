import { createHash } from "node:crypto";
import { html, raw } from "hono/html";
import { assertNever } from "../../../core/assert-never.js";
import type { Status } from "../../../core/status.js";
import { noStore } from "../json.js";
import type { ConfigurationReport, Report } from "../report.js";
import { faultSection, processSection } from "./faults.js";
import { duration, elapsed, type Markup, none } from "./format.js";
import { gpuSection } from "./gpus.js";
import { style } from "./style.js";
import { checkSection, componentSection } from "./tables.js";

const refreshSeconds = 5;

/** Nothing is loaded or run; the one style sheet is allowed by its hash. */
const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The status page: one document that stands by itself and asks for its successor every few seconds. */
export async function pageResponse(report: Report): Promise<Response> {
  return new Response(String(await page(report)), {
    headers: {
      ...noStore,
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": contentSecurityPolicy,
      "referrer-policy": "no-referrer",
    },
  });
}

function page(report: Report): Markup {
  const { hostname, version, node, startedAt, reportedAt } = report;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="${refreshSeconds}">
<title>${headline(report)} · ${hostname}</title>
<style>${raw(style)}</style>
</head>
<body>
<header><h1>gpu-health</h1><span class="quiet">on <strong>${hostname}</strong></span></header>
${report.simulated ? html`<div class="notice">SIMULATED: these GPUs do not exist. No reading on this page is real.</div>` : none}
${verdict(report)}
${staleConfiguration(report)}
${faultSection(report)}
${gpuSection(report)}
${processSection(report)}
${componentSection(report)}
${checkSection(report)}
<footer>
<p>gpu-health ${version} on Node ${node}, ${driver(report)}up for ${elapsed(Date.parse(reportedAt) - Date.parse(startedAt))}.
As of <time datetime="${reportedAt}">${reportedAt}</time>, renewed every ${refreshSeconds} s.</p>
<p><a href="/health">full report</a> · <a href="/readyz">readiness</a> · <a href="/livez">liveness</a> ·
<a href="/metrics">metrics</a></p>
</footer>
</body>
</html>`;
}

function verdict(report: Report): Markup {
  const { status, reason, message, remedy, since, reportedAt } = report;
  return html`<section class="verdict ${status}">
<strong>${headline(report)}</strong>
${status === "healthy" ? html`<p>${message}</p>` : html`<p><code>${reason}</code>: ${message}</p>`}
${status === "healthy" || remedy === undefined ? none : html`<p class="remedy">${remedy}</p>`}
${since === undefined ? none : html`<p class="quiet">for ${duration(since, reportedAt)}</p>`}
</section>`;
}

/** Nothing where the file's content is in force, all of it. */
function staleConfiguration({ configuration }: { readonly configuration: ConfigurationReport }): Markup {
  const { loadedAt, lastReload, restartNeeded } = configuration;
  if (!lastReload.ok) {
    return html`<div class="notice">The configuration of ${loadedAt} is in force: the newer one has errors.
${(lastReload.errors ?? []).map((error) => html`<p>${error}</p>`)}</div>`;
  }
  if (restartNeeded.length === 0) return none;
  return html`<div class="notice">Changes of ${restartNeeded.join(", ")} take effect at the next start.</div>`;
}

/** What the status means for traffic. */
function headline({ status, drain }: { readonly status: Status; readonly drain?: Report["drain"] }): string {
  if (drain?.reason === "shutting_down") return "Shutting down";
  if (drain !== undefined) return "Draining";
  switch (status) {
    case "healthy":
      return "Ready";
    case "degraded":
      return "Ready, but degraded";
    case "unhealthy":
      return "Not ready";
    case "unknown":
      return "Not known yet";
    default:
      return assertNever(status);
  }
}

function driver({ gpuLibrary }: Report): string {
  if (gpuLibrary.phase !== "ready" || !gpuLibrary.driverVersion.ok) return "";
  return `GPU driver ${gpuLibrary.driverVersion.value}, `;
}
