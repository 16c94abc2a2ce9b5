// From values to what people and programs read: one line of the table for each metric, and the same as JSON.

import { controlName, ourName, peerNames, referenceName } from "../peers/index.mjs";
import { median, ratios, spread } from "./statistics.mjs";

/** One entry a metric: median and spread of each peer, our ratio to the reference, the null control's, the verdict. */
export function summarize(row, values) {
  const ownValues = values[ourName];
  return Object.entries(row.metrics).map(([metric, { label, target }]) => {
    const ratio = ratioToReference(values, ourName, metric);
    const controlRatio = ratioToReference(values, controlName, metric);
    return {
      row: row.name,
      metric,
      label,
      peers: Object.fromEntries(row.peers.map((peer) => [peer, summary(values[peer][metric])])),
      ratio,
      controlRatio,
      ...target?.(ownValues[metric], { ratio, controlRatio, ownValues }),
    };
  });
}

function summary(values) {
  return { median: median(values), spread: spread(values), values };
}

function ratioToReference(values, peer, metric) {
  if (!(peer in values && referenceName in values)) {
    return undefined;
  }
  return median(ratios(values[peer][metric], values[referenceName][metric]));
}

const headings = ["", ...peerNames.filter((peer) => peer !== controlName), "ratio", "null ratio", "target", ""];

/** A Markdown table of all rows, padded so that it reads well in a terminal too. */
export function table(results) {
  const lines = [headings];
  for (const { row, entries } of results) {
    lines.push([`**${row.title}**`, ...headings.slice(1).map(() => "")]);
    lines.push(...entries.map((entry) => cells(entry, row.metrics[entry.metric].digits)));
  }
  const widths = headings.map((_, column) => Math.max(3, ...lines.map((line) => line[column].length)));
  const format = (line) =>
    `| ${line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(" | ")} |`;
  const rule = `| ${widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [format(headings), rule, ...lines.slice(1).map(format)].join("\n");
}

function cells(entry, digits) {
  const peers = peerNames.filter((peer) => peer !== controlName).map((peer) => figure(entry.peers[peer], digits));
  return [
    entry.label,
    ...peers,
    ratioCell(entry.ratio),
    ratioCell(entry.controlRatio),
    entry.text ?? "",
    entry.verdict ?? "",
  ];
}

function figure(summary, digits) {
  if (summary === undefined) {
    return "";
  }
  const value = summary.median.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${value} ±${Math.round(summary.spread * 100)} %`;
}

function ratioCell(ratio) {
  return ratio === undefined ? "" : ratio.toFixed(2);
}
