import { html } from "hono/html";
import type { Verdict } from "../verdict.js";
import { type Markup, none } from "./format.js";

/** A status with its colour and, unless all is well, the reason and what to do. */
export function statusCell({ status, reason, message, remedy }: Verdict): Markup {
  return html`<span class="status ${status}">${status}</span>${
    status === "healthy" ? none : html`<small><code>${reason}</code>: ${message}</small>`
  }${status === "healthy" || remedy === undefined ? none : html`<small class="remedy">${remedy}</small>`}`;
}
