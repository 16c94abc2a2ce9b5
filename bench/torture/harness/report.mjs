// The table that docs/reliability.md keeps.

const headings = [
  "fault",
  "attempts",
  "probes",
  "failed",
  "worst, ms",
  "control, ms",
  "heap, MiB",
  "RSS, MiB",
  "files",
  "timers",
];

export function table(results) {
  const lines = [headings, ...results.map(cells)];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const pad = (cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]));
  const format = (line) => `| ${line.map(pad).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  return [format(headings), rule, ...lines.slice(1).map(format)].join("\n");
}

function cells({ title, did, attempts, probes, failed, excused, worstMs, controlWorstMs, before, after }) {
  const change = (what, unit = 1, digits = 0) =>
    `${(before[what] / unit).toFixed(digits)} → ${(after[what] / unit).toFixed(digits)}`;
  return [
    `${title} (${did})`,
    number(attempts),
    number(probes),
    excused === 0 ? number(failed) : `${number(failed)} (${number(excused)} refused)`,
    worstMs.toFixed(0),
    controlWorstMs.toFixed(0),
    change("heapBytes", 2 ** 20, 1),
    change("residentBytes", 2 ** 20),
    change("openFiles"),
    change("timers"),
  ];
}

const number = (value) => value.toLocaleString("en");
