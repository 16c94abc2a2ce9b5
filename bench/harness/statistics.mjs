// Figures from few, noisy runs: medians, and half the interquartile range as a share of the median for the spread.

export function median(values) {
  return quantile(values, 0.5);
}

/** Half the interquartile range over the median: 0.03 reads "±3 %". */
export function spread(values) {
  const middle = median(values);
  return middle === 0 ? 0 : (quantile(values, 0.75) - quantile(values, 0.25)) / 2 / Math.abs(middle);
}

/** Linear between the two nearest ranks; `values` must not be empty. */
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (sorted.length - 1) * share;
  const below = Math.floor(rank);
  const above = Math.ceil(rank);
  return sorted[below] + (sorted[above] - sorted[below]) * (rank - below);
}

/** Ratios round by round, so that what slows the machine down for one round slows both sides of a ratio. */
export function ratios(values, peerValues) {
  return values.map((value, round) => value / peerValues[round]);
}

/** A new array in random order (Fisher-Yates). */
export function shuffled(items) {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const chosen = Math.floor(Math.random() * (last + 1));
    [order[last], order[chosen]] = [order[chosen], order[last]];
  }
  return order;
}
