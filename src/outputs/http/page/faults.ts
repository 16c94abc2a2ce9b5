import { html } from "hono/html";
import { formatBytes } from "../../../core/units.js";
import type { GpuReport } from "../gpu-report.js";
import type { Report } from "../report.js";
import { ago, type Markup, none } from "./format.js";

/** What the GPUs have, with what to do about it; nothing where they are sound. */
export function faultSection({ gpus, reportedAt }: Report): Markup {
  const rows = gpus.flatMap(({ name, faults }) => faults.map((fault) => ({ name, fault })));
  if (rows.length === 0) return none;
  return html`<h2>Faults</h2><table>
<thead><tr><th>GPU</th><th>Fault</th><th>What it is</th><th>Since</th></tr></thead>
<tbody>${rows.map(
    ({ name, fault }) => html`<tr>
<td data-label="GPU"><code>${name}</code></td>
<td data-label="Fault"><div><code>${fault.fault}</code><small>${fault.severity}${fault.count > 1 ? html`, ${fault.count} times` : none}</small></div></td>
<td data-label="What it is"><div>${fault.message}<small class="remedy">${fault.remedy}</small></div></td>
<td data-label="Since">${ago(fault.since, reportedAt)}</td>
</tr>`,
  )}</tbody></table>`;
}

/** Who holds the memory; nothing where nobody does or it is not known. */
export function processSection({ gpus }: Report): Markup {
  const rows = gpus
    .filter(isNotOfInstance)
    .flatMap(({ name, processes }) => processes.map((each) => ({ name, ...each })));
  if (rows.length === 0) return none;
  return html`<h2>Processes</h2><table>
<thead><tr><th>GPU</th><th>Process</th><th>Kind</th><th>Memory</th></tr></thead>
<tbody>${rows.map(
    ({ name, pid, program, kind, usedBytes }) => html`<tr>
<td data-label="GPU"><code>${name}</code></td>
<td data-label="Process"><div><code>${pid}</code> ${program}</div></td>
<td data-label="Kind">${kind}</td>
<td data-label="Memory"><span class="number">${formatBytes(usedBytes)}</span></td>
</tr>`,
  )}</tbody></table>`;
}

/** A GPU that is shared out lists the processes of its instances too. */
const isNotOfInstance = ({ labels }: GpuReport): boolean => labels.mig === undefined;
