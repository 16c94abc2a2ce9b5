import { Component, type JSX } from "preact";
import uPlot from "uplot";
import type { Point } from "../live/state.js";
import { palette } from "./palette.js";

interface Props {
  /** For those who cannot see it. */
  readonly label: string;
  /** The oldest first, the last at `endWallMs`. */
  readonly points: readonly Point[];
  readonly stepMs: number;
  readonly capacity: number;
  readonly endWallMs: number;
  readonly ceiling: number;
  /** A value in words, for the axis. */
  readonly format: (value: number) => string;
  /** A line that the value should not cross. */
  readonly limit: number | undefined;
  /** The point to mark, in steps back from the last; undefined: none. */
  readonly lookBack: number | undefined;
  /** Told of the point under the pointer. */
  readonly look: (lookBack: number | undefined) => void;
}

const heightPixels = 76;
/** Room for half of a label's height above the ceiling. */
const paddingPixels = 6;
const axisPixels = { x: 16, y: 40 } as const;
/** Closer to an end of the axis than this a time would be cut off. */
const halfTimePixels = 15;
const secondsBetweenTimes = 300;

/** Of labels, in the style sheet's colours. */
const axis = {
  stroke: () => palette.color("--quiet"),
  font: "10.5px system-ui, sans-serif",
  gap: 4,
  ticks: { show: false },
  grid: { stroke: () => palette.color("--grid"), width: 1 },
} as const;

/**
 * A line over a fixed span of time. It is drawn again only where it can be seen: a page with 16 GPUs has 64 of them.
 */
export class Chart extends Component<Props> {
  private element: HTMLDivElement | null = null;
  private plot: uPlot | undefined;
  private isVisible = false;
  private ceiling = 0;
  /** A pointer is over it. uPlot tells of its cursor also where the data moved under it, or where we moved it. */
  private isPointedAt = false;
  private readonly observers: { disconnect(): void }[] = [];
  private readonly repaint = (): void => this.plot?.redraw(false);

  override componentDidMount(): void {
    const { element } = this;
    if (element === null) return;
    const plot = new uPlot(this.options(element.clientWidth), this.data(), element);
    this.plot = plot;
    plot.over.addEventListener("mouseenter", () => {
      this.isPointedAt = true;
    });
    plot.over.addEventListener("mouseleave", () => {
      this.isPointedAt = false;
      this.props.look(undefined);
    });
    const resized = new ResizeObserver(() => this.plot?.setSize({ width: element.clientWidth, height: heightPixels }));
    resized.observe(element);
    const seen = new IntersectionObserver(([entry]) => {
      this.isVisible = entry?.isIntersecting ?? false;
      this.update();
    });
    seen.observe(element);
    this.observers.push(resized, seen);
    palette.onChange.add(this.repaint);
  }

  override componentWillUnmount(): void {
    for (const observer of this.observers) observer.disconnect();
    palette.onChange.delete(this.repaint);
    this.plot?.destroy();
  }

  override shouldComponentUpdate(next: Props): boolean {
    const { points, endWallMs, lookBack, label, ceiling } = this.props;
    return (
      points !== next.points ||
      endWallMs !== next.endWallMs ||
      lookBack !== next.lookBack ||
      label !== next.label ||
      ceiling !== next.ceiling
    );
  }

  override componentDidUpdate(): void {
    this.update();
  }

  override render({ label }: Props): JSX.Element {
    return (
      <div
        class="chart"
        role="img"
        aria-label={label}
        ref={(element) => {
          this.element = element;
        }}
      />
    );
  }

  private update(): void {
    if (!this.isVisible || this.plot === undefined) return;
    this.plot.setData(this.data());
    this.mark(this.plot);
  }

  private mark(plot: uPlot): void {
    const { lookBack, stepMs, endWallMs } = this.props;
    // Outside of the plot nothing is marked.
    const left = lookBack === undefined ? -10 : plot.valToPos((endWallMs - lookBack * stepMs) / 1000, "x");
    plot.setCursor({ left, top: lookBack === undefined ? -10 : 0 }, false);
  }

  private data(): uPlot.AlignedData {
    const { points, stepMs, endWallMs } = this.props;
    const first = endWallMs - (points.length - 1) * stepMs;
    return [points.map((_, index) => (first + index * stepMs) / 1000), [...points]];
  }

  private options(width: number): uPlot.Options {
    return {
      width,
      height: heightPixels,
      padding: [paddingPixels, 0, paddingPixels, 0],
      legend: { show: false },
      axes: [
        {
          ...axis,
          size: axisPixels.x,
          splits: (plot, _, from, to) => timesBetween(from, to, plot.over.clientWidth),
          values: (_, times) => times.map(hourAndMinute),
        },
        {
          ...axis,
          size: axisPixels.y,
          splits: (_plot, _axis, from, to) => [from, to],
          values: (_, values) => values.map((value) => this.props.format(value)),
        },
      ],
      cursor: { y: false, drag: { x: false, y: false, setScale: false }, points: { size: 7 } },
      scales: {
        x: { time: true, range: () => this.span() },
        y: { range: () => [0, this.highestCeiling()] },
      },
      series: [
        {},
        {
          stroke: () => palette.color("--chart"),
          fill: () => palette.color("--chart-fill"),
          width: 1.5,
          points: { show: false },
        },
      ],
      hooks: { draw: [(plot) => this.drawLimit(plot)], setCursor: [(plot) => this.onCursor(plot)] },
    };
  }

  /** A GPU that is lost no longer tells its limits; what is drawn of its past keeps its scale. */
  private highestCeiling(): number {
    this.ceiling = Math.max(this.ceiling, this.props.ceiling);
    return this.ceiling;
  }

  /** In seconds, as uPlot has it. */
  private span(): [from: number, to: number] {
    const { endWallMs, stepMs, capacity } = this.props;
    return [(endWallMs - (capacity - 1) * stepMs) / 1000, endWallMs / 1000];
  }

  private onCursor(plot: uPlot): void {
    const { left } = plot.cursor;
    const { stepMs, endWallMs, capacity, look } = this.props;
    if (!this.isPointedAt || left === undefined || left < 0) return;
    const steps = Math.round((endWallMs - plot.posToVal(left, "x") * 1000) / stepMs);
    look(Math.min(capacity - 1, Math.max(0, steps)));
  }

  private drawLimit({ ctx, bbox, valToPos }: uPlot): void {
    const { limit } = this.props;
    if (limit === undefined) return;
    const y = Math.round(valToPos(limit, "y", true)) + 0.5;
    ctx.save();
    ctx.strokeStyle = palette.color("--limit");
    ctx.setLineDash([4, 4]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.restore();
  }
}

/** Round times of day, in seconds, where there is room for them. */
function timesBetween(from: number, to: number, widthPixels: number): number[] {
  const margin = ((to - from) * halfTimePixels) / Math.max(1, widthPixels);
  const first = Math.ceil((from + margin) / secondsBetweenTimes) * secondsBetweenTimes;
  const count = Math.max(0, Math.floor((to - margin - first) / secondsBetweenTimes) + 1);
  return Array.from({ length: count }, (_, index) => first + index * secondsBetweenTimes);
}

/** `14:05`, where the reader is. */
const hourAndMinute = (seconds: number): string =>
  new Date(seconds * 1000).toLocaleTimeString(undefined, { hourCycle: "h23", timeStyle: "short" });
