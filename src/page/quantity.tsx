import type { JSX } from "preact";
import type { Readings } from "../core/result.js";
import { absenceText, againstText, ceilingOf, figureText, limitOf, metricNames, readingOf } from "../live/quantity.js";
import { type HistoryMetric, historyMetrics, type LiveHistory, type Point } from "../live/state.js";
import { Chart } from "./chart.js";

interface Props {
  readonly metric: HistoryMetric;
  /** The GPU's name. */
  readonly of: string;
  readonly readings: Readings;
  readonly points: readonly Point[];
  readonly history: LiveHistory;
  readonly lookBack: number | undefined;
  readonly look: (lookBack: number | undefined) => void;
}

/** One quantity of a GPU: its value, and its chart where there is something to chart. */
export function Quantity({ metric, of, readings, points, history, lookBack, look }: Props): JSX.Element {
  const now = readingOf(metric, readings);
  const then = lookBack === undefined ? undefined : (points.at(-1 - lookBack) ?? null);
  const value = then === undefined ? (now?.ok === true ? now.value : null) : then;
  const against = value === null ? "" : againstText(metric, value, readings);
  const absence = then === undefined ? absenceText(now) : "not known";
  return (
    <figure class={`quantity ${metric}`}>
      <figcaption>
        <span class="metric">{metricNames[metric]}</span>
        <span class={value === null ? "figure absent" : "figure"}>
          {value === null ? absence : figureText(metric, value)}
          <small>{against === "" ? "" : ` ${against}`}</small>
        </span>
      </figcaption>
      <Chart
        label={`${metricNames[metric]} of ${of}: ${summary(metric, points)}`}
        points={points}
        stepMs={history.stepMs}
        capacity={history.capacity}
        endWallMs={history.endWallMs}
        ceiling={ceilingOf(metric, readings, points)}
        format={formats[metric]}
        limit={limitOf(metric, readings)}
        lookBack={lookBack}
        look={look}
      />
    </figure>
  );
}

const formats = Object.fromEntries(
  historyMetrics.map((metric) => [metric, (value: number) => figureText(metric, value)]),
) as Readonly<Record<HistoryMetric, (value: number) => string>>;

/** What the chart shows, in words. */
function summary(metric: HistoryMetric, points: readonly Point[]): string {
  const known = points.filter((point) => point !== null);
  if (known.length === 0) return "nothing is known of the last minutes";
  const between = [Math.min(...known), Math.max(...known)].map((value) => figureText(metric, value));
  return `between ${between.join(" and ")} in the last minutes`;
}
