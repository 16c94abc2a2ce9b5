import type { Point } from "../../live/state.js";

export interface SparklineOptions {
  /** Points of the whole span of time; where there are fewer, the left is empty. */
  readonly capacity: number;
  readonly columns: number;
  /** The value of the highest level. */
  readonly ceiling: number;
  readonly levels: readonly string[];
}

/** A line of the past in text, the newest on the right. Each column has the highest of its points; a blank, none. */
export function sparkline(points: readonly Point[], { capacity, columns, ceiling, levels }: SparklineOptions): string {
  const columnOf = (age: number): number => columns - 1 - Math.floor((age * columns) / capacity);
  const highest: Point[] = Array.from({ length: columns }, () => null);
  points.forEach((point, index) => {
    const column = columnOf(points.length - 1 - index);
    const known = highest[column] ?? null;
    if (point !== null && (known === null || point > known)) highest[column] = point;
  });
  return highest.map((value) => (value === null ? " " : levelOf(value / ceiling, levels))).join("");
}

function levelOf(share: number, levels: readonly string[]): string {
  const level = Math.min(levels.length - 1, Math.max(0, Math.round(share * (levels.length - 1))));
  return levels[level] ?? "";
}
