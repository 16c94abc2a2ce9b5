import { html } from "hono/html";
import type { Reading, Readings } from "../../../core/result.js";
import type { Status } from "../../../core/status.js";
import { formatBytes, formatPercent } from "../../../core/units.js";
import type { GpuReport } from "../gpu-report.js";
import type { GpuLibrary, Report } from "../report.js";
import { ago, type Markup, none, quantity } from "./format.js";
import { statusCell } from "./status.js";

export function gpuSection({ gpus, gpuLibrary, reportedAt }: Report): Markup {
  return html`<h2>GPUs</h2>${gpus.length === 0 ? html`<p>${whyNone(gpuLibrary)}</p>` : gpuTable(gpus, reportedAt)}`;
}

/** Why the table would be empty. */
function whyNone(library: GpuLibrary): Markup | string {
  switch (library.phase) {
    case "off":
      return "Switched off: gpu.mode is off.";
    case "opening":
      return html`Still opening <code>${library.path}</code>.`;
    case "failed":
      return html`${library.message} <span class="remedy quiet">${library.remedy}</span>`;
    case "ready":
      return "No check looks at a GPU.";
  }
}

function gpuTable(gpus: readonly GpuReport[], now: string): Markup {
  return html`<table>
<thead><tr><th>GPU</th><th>Status</th><th>Memory</th><th>Utilization</th><th>Temperature</th><th>Power</th></tr></thead>
<tbody>${gpus.map((gpu) => gpuRow(gpu, now))}</tbody>
</table>`;
}

function gpuRow(gpu: GpuReport, now: string): Markup {
  const { labels, readings, status } = gpu;
  return html`<tr>
<td data-label="GPU"><div><code>${gpu.name}</code> ${labels.name ?? ""}
<small>${labels.uuid ?? ""}</small><small>${labels.pci_bus_id ?? ""}</small></div></td>
<td data-label="Status"><div>${statusCell(gpu)}<small>${ago(gpu.since, now)}</small></div></td>
<td data-label="Memory"><div>${memory(readings, status)}</div></td>
<td data-label="Utilization"><div>${utilization(readings.gpuUtilizationRatio)}</div></td>
<td data-label="Temperature">${quantity(readings.temperatureCelsius, (value) => `${Math.round(value)} °C`)}</td>
<td data-label="Power">${power(readings)}</td>
</tr>`;
}

/** What is not free is taken: by processes or by the driver. */
function memory(readings: Readings, status: Status): Markup {
  const total = readings.memoryTotalBytes;
  const free = readings.memoryFreeBytes;
  if (total?.ok !== true || free?.ok !== true) return quantity(total?.ok === true ? free : total, formatBytes);
  const takenRatio = (total.value - free.value) / total.value;
  return html`<span class="number">${formatBytes(free.value)} free of ${formatBytes(total.value)}</span>
${bar(takenRatio, status, `${formatPercent(takenRatio)} of the memory is taken`)}`;
}

function utilization(reading: Reading<number> | undefined): Markup {
  return html`${quantity(reading, (ratio) => formatPercent(ratio, 0))}
${reading?.ok === true ? bar(reading.value, "unknown", `${formatPercent(reading.value)} busy`) : none}`;
}

function power(readings: Readings): Markup {
  const limit = readings.powerLimitWatts;
  const drawn = quantity(readings.powerWatts, (watts) => `${Math.round(watts)} W`);
  return html`<div>${drawn}${limit?.ok === true ? html`<small class="number">of ${Math.round(limit.value)} W</small>` : none}</div>`;
}

/** As SVG, since the page's security policy allows no style attributes. */
function bar(ratio: number, status: Status, label: string): Markup {
  const width = (Math.min(1, Math.max(0, ratio)) * 100).toFixed(1);
  return html`<svg class="bar ${status}" role="img" aria-label="${label}" preserveAspectRatio="none" viewBox="0 0 100 1">
<rect class="track" width="100" height="1"/><rect class="fill" width="${width}" height="1"/></svg>`;
}
