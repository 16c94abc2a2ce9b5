// From a GPU sample that shows a change to the last of 1,000 watchers.

import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Watchers, warmUp } from "../harness/load.mjs";
import { milliseconds, monotonicNs } from "../harness/proc.mjs";
import { median } from "../harness/statistics.mjs";
import { under } from "../harness/targets.mjs";
import { drill, eightGpus, startGpuHealth } from "../peers/gpu-health.mjs";
import { ourName } from "../peers/index.mjs";

const sizes = { full: { rounds: 3, changes: 8 }, quick: { rounds: 1, changes: 6 } };
const config = fileURLToPath(new URL("full-gpu.yaml", import.meta.url));

/** The sampler reads every GPU at whole multiples of its interval on CLOCK_MONOTONIC (native/sampler/clock.h). */
const sampleIntervalNs = 1_000_000_000n;
/** The drill comes halfway between two samples, so that there is no doubt which one is the first to show it. */
const drillAfterSampleMs = 500;

export const sample = {
  name: "sample",
  title: "GPU sample to 1,000 watchers",
  peers: [ourName],
  rounds: (size) => sizes[size].rounds,
  metrics: {
    medianMs: { label: "last one told after, ms", digits: 1, target: under(50) },
    slowestMs: { label: "the slowest change, ms", digits: 1, target: under(50) },
  },

  async measure(_peer, size) {
    const server = await startGpuHealth([...eightGpus, "--config", config]);
    const watchers = [];
    try {
      await warmUp(server, { calls: 2_000, connections: 8, inFlight: 4 });
      const crowd = new Watchers(server, { connections: 10, streams: 100 });
      watchers.push(crowd);
      await crowd.watching();
      const times = [];
      for (let change = 0; change < sizes[size].changes; change++) {
        times.push(await (change % 2 === 0 ? fillUp(crowd, server) : empty(crowd, server)));
      }
      return { medianMs: median(times), slowestMs: Math.max(...times) };
    } finally {
      await Promise.all(watchers.map((crowd) => crowd.stop()));
      await server.stop();
    }
  },
};

const fillUp = (crowd, server) =>
  fromSampleToLast(crowd, server, "NOT_SERVING", { kind: "memory", gpu: 0, freeBytes: 300 * 2 ** 20 });

const empty = (crowd, server) => fromSampleToLast(crowd, server, "SERVING", { kind: "reset", gpu: 0 });

async function fromSampleToLast(crowd, server, status, change) {
  const told = await crowd.expect(status);
  const sinceSampleMs = milliseconds(0n, monotonicNs() % sampleIntervalNs);
  await sleep((drillAfterSampleMs - sinceSampleMs + 1_000) % 1_000);
  await drill(server, change);
  const nextSampleNs = (monotonicNs() / sampleIntervalNs + 1n) * sampleIntervalNs;
  return milliseconds(nextSampleNs, await told());
}
