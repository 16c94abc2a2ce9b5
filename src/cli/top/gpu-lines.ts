import { compareStatus } from "../../core/status.js";
import { formatBytes } from "../../core/units.js";
import { elapsed } from "../../live/elapsed.js";
import { absenceText, ceilingOf, figureText, readingOf } from "../../live/quantity.js";
import {
  type HistoryMetric,
  historyMetrics,
  type LiveGpu,
  type LiveHistory,
  type LiveStatus,
} from "../../live/state.js";
import type { Glyphs } from "./glyphs.js";
import { sparkline } from "./sparkline.js";
import { type Line, padEnd, padStart, paragraph, type Span, span, widthOf } from "./styled-text.js";

type NamedGpu = readonly [name: string, gpu: LiveGpu];

const headings: Readonly<Record<HistoryMetric, string>> = {
  memoryTakenRatio: "MEMORY",
  gpuUtilizationRatio: "UTIL",
  temperatureCelsius: "TEMP",
  powerWatts: "POWER",
};

/** Of the figures, in columns. */
const figureColumns: Readonly<Record<HistoryMetric, number>> = {
  memoryTakenRatio: 14,
  gpuUtilizationRatio: 5,
  temperatureCelsius: 6,
  powerWatts: 6,
};

const statusColumns = 11;
/** Shorter ones say nothing. */
const minSparklineColumns = 4;
const maxSparklineColumns = 30;

interface Layout {
  readonly nameColumns: number;
  /** 0: no sparklines. */
  readonly sparklineColumns: number;
  readonly isNarrow: boolean;
}

function layoutFor(names: readonly string[], columns: number): Layout {
  const nameColumns = Math.max(3, ...names.map(widthOf));
  const figures = historyMetrics.reduce((sum, metric) => sum + figureColumns[metric] + 2, 0);
  const left = columns - nameColumns - 1 - statusColumns - figures;
  const each = Math.floor(left / historyMetrics.length) - 1;
  const sparklineColumns = each < minSparklineColumns ? 0 : Math.min(maxSparklineColumns, each);
  return { nameColumns, sparklineColumns, isNarrow: left < 0 };
}

/** A line for each GPU and MIG instance, with its history where there is room, and who holds its memory. */
export function gpuLines({ state, history }: LiveStatus, columns: number, glyphs: Glyphs): readonly Line[] {
  const gpus: NamedGpu[] = Object.entries(state.gpus).sort(([, one], [, other]) => one.index - other.index);
  const layout = layoutFor(
    gpus.map(([name]) => name),
    columns,
  );
  const heading = headingLine(layout);
  return [
    ...(layout.isNarrow ? [] : [heading]),
    ...gpus.flatMap((gpu) => [
      ...(layout.isNarrow ? narrowLines(gpu, state.atWallMs, glyphs) : [wideLine(gpu, history, layout, glyphs)]),
      ...detailLines(gpu, columns, glyphs),
    ]),
  ];
}

function headingLine({ nameColumns, sparklineColumns }: Layout): Line {
  const cells = historyMetrics.map((metric) => {
    const heading = padStart(headings[metric], figureColumns[metric]);
    return `  ${padEnd(heading, figureColumns[metric] + (sparklineColumns === 0 ? 0 : sparklineColumns + 1))}`;
  });
  return [span(`${padEnd("GPU", nameColumns)} ${padEnd("STATUS", statusColumns)}${cells.join("")}`.trimEnd(), "dim")];
}

function wideLine([name, gpu]: NamedGpu, history: LiveHistory, layout: Layout, glyphs: Glyphs): Line {
  const { status, readings } = gpu;
  const cells = historyMetrics.flatMap((metric): readonly Span[] => {
    const points = history.gpus[name]?.[metric] ?? [];
    const figure = span(`  ${padStart(figureOf(metric, gpu, glyphs), figureColumns[metric])}`, isKnown(metric, gpu));
    if (layout.sparklineColumns === 0) return [figure];
    const line = sparkline(points, {
      capacity: history.capacity,
      columns: layout.sparklineColumns,
      ceiling: ceilingOf(metric, readings, points),
      levels: glyphs.levels,
    });
    return [figure, span(` ${line}`, "dim")];
  });
  return [
    span(`${padEnd(name, layout.nameColumns)} `, "bold"),
    span(padEnd(`${glyphs.marks[status]} ${status}`, statusColumns), status),
    ...cells,
  ];
}

/** For a terminal that is too narrow for a table. */
function narrowLines([name, gpu]: NamedGpu, atWallMs: number, glyphs: Glyphs): readonly Line[] {
  const { status, sinceWallMs } = gpu;
  const figures = historyMetrics.filter((metric) => readingOf(metric, gpu.readings)?.ok === true);
  return [
    [
      span(`${name} `, "bold"),
      span(`${glyphs.marks[status]} ${status}`, status),
      span(` for ${elapsed(atWallMs - sinceWallMs)}`, "dim"),
    ],
    [span(`  ${figures.map((metric) => figureOf(metric, gpu, glyphs)).join("  ")}`)],
  ];
}

/** Why it is not healthy, and who holds its memory. */
function detailLines([, gpu]: NamedGpu, columns: number, { remedy: arrow }: Glyphs): readonly Line[] {
  const { status, reason, message, remedy, faults, processes } = gpu;
  // What to do about a fault is said with the fault.
  const isFault = faults.some(({ fault }) => fault === reason);
  const lines: Line[] = [];
  if (compareStatus(status, "healthy") > 0) {
    lines.push(...paragraph([span(`  ${reason}: `, status)], message, columns));
    if (remedy !== undefined && !isFault) lines.push(...paragraph([span(`  ${arrow} `, "dim")], remedy, columns));
  }
  if (processes.length > 0) {
    const holders = processes.map(
      ({ pid, program, usedBytes }) =>
        `${program === "" ? "an unknown program" : program} (${pid}) ${formatBytes(usedBytes)}`,
    );
    lines.push(...paragraph([span("  ")], `held by ${holders.join(", ")}`, columns, "dim"));
  }
  return lines;
}

function figureOf(metric: HistoryMetric, { readings }: LiveGpu, { isAscii }: Glyphs): string {
  const reading = metric === "memoryTakenRatio" ? readings.memoryFreeBytes : readings[metric];
  if (reading?.ok !== true) return metric === "memoryTakenRatio" ? absenceText(reading) : "-";
  if (metric === "memoryTakenRatio") return `${formatBytes(reading.value)} free`;
  const figure = figureText(metric, reading.value);
  return isAscii ? figure.replace("°", "") : figure;
}

const isKnown = (metric: HistoryMetric, { readings }: LiveGpu) =>
  readingOf(metric, readings)?.ok === true ? "plain" : "dim";
