import { html } from "hono/html";
import { formatDuration } from "../../../core/units.js";
import type { CheckReport, Report } from "../report.js";
import { ago, type Markup, none } from "./format.js";
import { statusCell } from "./status.js";

/** Every name that health clients can ask for, aliases beside the name that they repeat. */
export function componentSection({ components, reportedAt }: Report): Markup {
  const all = Object.entries(components);
  const rows = all
    .filter(([, { aliasOf }]) => aliasOf === undefined)
    .map(([name, component]) => {
      const aliases = all.filter(([, { aliasOf }]) => aliasOf === name).map(([alias]) => alias);
      return html`<tr>
<td data-label="Component"><div>${nameCell(name)}
${aliases.map((alias) => html`<small>also ${nameCell(alias)}</small>`)}
${component.description === undefined ? none : html`<small>${component.description}</small>`}</div></td>
<td data-label="Status"><div>${statusCell(component)}</div></td>
<td data-label="gRPC"><code>${component.serving}</code></td>
<td data-label="Since">${ago(component.since, reportedAt)}</td>
</tr>`;
    });
  return html`<h2>Components</h2><table>
<thead><tr><th>Component</th><th>Status</th><th>gRPC</th><th>Since</th></tr></thead>
<tbody>${rows}</tbody></table>`;
}

/** The empty name is a name too: what a probe asks for that names no service. */
const nameCell = (name: string): Markup => html`<code>${name === "" ? '""' : name}</code>`;

export function checkSection({ checks, reportedAt }: Report): Markup {
  if (checks.length === 0) return html`<h2>Checks</h2><p>No check has answered yet.</p>`;
  const rows = checks.map(
    (check) => html`<tr>
<td data-label="Check"><div><code>${check.check}</code>${check.subject === undefined ? none : html` on <code>${check.subject}</code>`}
<small>type ${check.type}</small>
${check.description === undefined ? none : html`<small>${check.description}</small>`}
${check.dependsOn === undefined ? none : html`<small>depends on ${check.dependsOn.join(", ")}</small>`}
${check.runbook === undefined ? none : html`<small><a href="${check.runbook}" rel="noreferrer">runbook</a></small>`}</div></td>
<td data-label="Status"><div>${statusCell(check)}${consequence(check)}<small>${ago(check.since, reportedAt)}</small></div></td>
<td data-label="Last answer"><div>${lastAnswer(check)}<small>${ago(check.latest.observedAt, reportedAt)}</small></div></td>
</tr>`,
  );
  return html`<h2>Checks</h2><table>
<thead><tr><th>Check</th><th>Status</th><th>Last answer</th></tr></thead>
<tbody>${rows}</tbody></table>`;
}

const consequence = ({ consequenceOf }: CheckReport): Markup =>
  consequenceOf === undefined ? none : html`<small>fails as a consequence of <code>${consequenceOf}</code></small>`;

/** What was said last; where it differs from the status, how far it is on its way to change it. */
function lastAnswer({ latest, streak, consecutiveFailures, lastRunMs }: CheckReport): Markup {
  const metadata = Object.entries(latest.metadata ?? {}).map(([key, value]) => `${key} ${value}`);
  const figures = [
    ...(lastRunMs === undefined ? [] : [`took ${formatDuration(lastRunMs)}`]),
    ...(consecutiveFailures > 1 ? [`${consecutiveFailures} failures in a row`] : []),
  ];
  return html`${latest.message}${
    streak === undefined
      ? none
      : html`<small>${latest.status}, ${streak.length} in a row: a few more and the status gets ${streak.direction}</small>`
  }${[metadata, figures].map((line) => (line.length === 0 ? none : html`<small>${line.join(", ")}</small>`))}`;
}
