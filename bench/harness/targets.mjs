// What a figure is held against, and how close calls are judged.

import { median } from "./statistics.mjs";

/** On shared machines, differences below this are noise (issue: "Speed"). */
const noise = 0.07;

/**
 * A target is a function of our values (one a round) and of what else the row knows; it gives { text, verdict }.
 * "even" is neither better nor worse than what chance alone makes of two equal programs.
 */

/** No more than a peer measured in the same rounds. The null control widens "even" where the machine is restless. */
export function noMoreThan(peer) {
  return (_ours, { ratio, controlRatio }) => {
    const chance = Math.max(noise, Math.abs(controlRatio - 1));
    return { text: `≤ ${peer}`, verdict: ratio < 1 - chance ? "pass" : ratio <= 1 + chance ? "even" : "miss" };
  };
}

/** Below a fixed limit, in the metric's own unit. */
export function under(limit) {
  return (ours) => ({ text: `< ${limit}`, verdict: median(ours) < limit ? "pass" : "miss" });
}

/** No more than another metric of our own, give or take `tolerance` in their unit. */
export function noMoreThanMetric(other, tolerance) {
  return (ours, { ownValues }) => ({
    text: `≤ off + ${tolerance}`,
    verdict: median(ours) <= median(ownValues[other]) + tolerance ? "pass" : "miss",
  });
}
