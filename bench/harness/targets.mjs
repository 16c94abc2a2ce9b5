// What a figure is held against, and how close calls are judged.

import { median, ratios } from "./statistics.mjs";

/** On shared machines, differences below this are noise (issue: "Speed"). */
const noise = 0.07;

/**
 * A target gives { text, verdict } for `ours`, the values of our rounds.
 * @typedef {(ours: number[], row: {values: Record<string, Record<string, number[]>>, metric: string}) => object} Target
 */

/** No more than a peer measured in the same rounds; within the noise of each other is "even". */
export function noMoreThan(peer) {
  return (ours, { values, metric }) => ({
    text: `≤ ${peer}`,
    verdict: verdictOfRatio(median(ratios(ours, values[peer][metric]))),
  });
}

/** Below a fixed limit, in the metric's own unit. */
export function under(limit) {
  return (ours) => ({ text: `< ${limit}`, verdict: median(ours) < limit ? "pass" : "miss" });
}

/** No more than another metric of our own, give or take `tolerance` in their unit. */
export function noMoreThanMetric(other, tolerance) {
  return (ours, { values, peer }) => ({
    text: `≤ off + ${tolerance}`,
    verdict: median(ours) <= median(values[peer][other]) + tolerance ? "pass" : "miss",
  });
}

function verdictOfRatio(ratio) {
  if (ratio <= 1) {
    return "pass";
  }
  return ratio <= 1 + noise ? "even" : "miss";
}
