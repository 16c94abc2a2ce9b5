// Runs a row: every peer once a round, in another order each round, so that no peer always follows the same one.

import { shuffled } from "./statistics.mjs";

/**
 * Gives `values[peer][metric]`, one number a round; the same index is the same round for every peer.
 * @param {(message: string) => void} progress
 */
export async function runRow(row, size, progress) {
  const values = Object.fromEntries(
    row.peers.map((peer) => [peer, Object.fromEntries(Object.keys(row.metrics).map((metric) => [metric, []]))]),
  );
  const rounds = row.rounds(size);
  for (let round = 1; round <= rounds; round++) {
    for (const peer of shuffled(row.peers)) {
      progress(`${row.title}: round ${round} of ${rounds}, ${peer}`);
      const measured = await row.measure(peer, size);
      for (const metric of Object.keys(row.metrics)) {
        values[peer][metric].push(measured[metric]);
      }
    }
  }
  return values;
}
