import type { JSX } from "preact";
import type { Readings } from "../core/result.js";
import { absenceText, ceilingOf, limitOf, metricNames, readingOf, valueText } from "../live/quantity.js";
import type { HistoryMetric, LiveHistory, Point } from "../live/state.js";
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
  const text =
    value === null ? (then === undefined ? absenceText(now) : "not known") : valueText(metric, value, readings);
  const [figure, against] = splitFigure(text);
  const ceiling = ceilingOf(metric, readings, points);
  return (
    <figure class={`quantity ${metric}`}>
      <figcaption>
        <span class="metric">{metricNames[metric]}</span>
        <span class={value === null ? "figure absent" : "figure"}>
          {figure}
          <small>{against}</small>
        </span>
      </figcaption>
      <Chart
        label={`${metricNames[metric]} of ${of}: ${summary(metric, points, readings)}`}
        points={points}
        stepMs={history.stepMs}
        capacity={history.capacity}
        endWallMs={history.endWallMs}
        ceiling={ceiling}
        limit={limitOf(metric, readings)}
        lookBack={lookBack}
        look={look}
      />
    </figure>
  );
}

/** The figure itself, and what it is measured against, which is shown smaller. */
function splitFigure(text: string): readonly [figure: string, against: string] {
  const at = text.search(/ (free )?of /);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at)];
}

/** What the chart shows, in words. */
function summary(metric: HistoryMetric, points: readonly Point[], readings: Readings): string {
  const known = points.filter((point) => point !== null);
  if (known.length === 0) return "nothing is known of the last minutes";
  const between = [Math.min(...known), Math.max(...known)].map((value) => valueText(metric, value, readings));
  return `between ${between.join(" and ")} in the last minutes`;
}
