import { html } from "hono/html";
import { headline, type Tone, toneOf } from "../../../live/headline.js";
import type { LiveState } from "../../../live/state.js";
import { noStore } from "../json.js";
import type { PageAssets } from "./assets.js";

type Markup = ReturnType<typeof html>;

/** Scripts and styles are files of ours; no text may become markup or a script, whoever wrote it. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const tones: readonly Tone[] = ["healthy", "degraded", "unhealthy", "unknown", "draining"];

/**
 * The status page's document: the verdict, so that it is there at once and without a script, and what loads the rest
 * (`src/page/`).
 */
export async function documentResponse(state: LiveState, assets: PageAssets): Promise<Response> {
  return new Response(String(await documentOf(state, assets)), {
    headers: {
      ...noStore,
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": contentSecurityPolicy,
      "referrer-policy": "no-referrer",
    },
  });
}

function documentOf(state: LiveState, { names }: PageAssets): Markup {
  const address = (name: string): string => `assets/${names[name] ?? name}`;
  const icons = Object.fromEntries(tones.map((tone) => [tone, address(`${tone}.svg`)])) as Record<Tone, string>;
  const { hostname } = state.server;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${headline(state)} · ${hostname}</title>
<link rel="icon" href="${icons[toneOf(state)]}" data-healthy="${icons.healthy}" data-degraded="${icons.degraded}" data-unhealthy="${icons.unhealthy}" data-unknown="${icons.unknown}" data-draining="${icons.draining}">
<link rel="stylesheet" href="${address("page.css")}">
<script defer src="${address("page.js")}"></script>
<noscript><meta http-equiv="refresh" content="5"></noscript>
</head>
<body>
<div id="page">
<header><span class="product">gpu-health</span><span class="hostname">${hostname}</span></header>
<main id="main">${verdict(state)}
<noscript><p class="notice">The rest of this page needs JavaScript. Without it there is the <a href="health">full report</a>.</p></noscript>
</main>
</div>
</body>
</html>`;
}

function verdict(state: LiveState): Markup {
  const { status, reason, message, remedy } = state;
  const isHealthy = status === "healthy";
  return html`<section class="verdict ${toneOf(state)}"><div>
<h1>${headline(state)}</h1>
<p class="said">${isHealthy ? "All checks pass; traffic may flow." : message}</p>
${isHealthy || remedy === undefined ? "" : html`<p class="remedy">${remedy}</p>`}
${isHealthy ? "" : html`<p class="facts"><code>${reason}</code></p>`}
</div></section>`;
}
