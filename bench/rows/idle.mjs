// What the process costs while nobody asks: eight simulated GPUs sampled at 1 Hz.

import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds, milliseconds, monotonicNs } from "../harness/proc.mjs";
import { under } from "../harness/targets.mjs";
import { eightGpus, startGpuHealth } from "../peers/gpu-health.mjs";
import { ourName } from "../peers/index.mjs";

const sizes = { full: { rounds: 3, seconds: 15 }, quick: { rounds: 1, seconds: 8 } };
/** A server runs for days: until what the start left is collected, and the code that runs often is compiled. */
const startMs = 40_000;

export const idle = {
  name: "idle",
  title: "Idle, 8 simulated GPUs at 1 Hz",
  peers: [ourName],
  rounds: (size) => sizes[size].rounds,
  metrics: { cpuPercent: { label: "CPU, % of one core", digits: 2, target: under(1) } },

  async measure(_peer, size) {
    const server = await startGpuHealth(eightGpus);
    try {
      await sleep(startMs);
      const cpuBefore = cpuSeconds(server.pid);
      const beginNs = monotonicNs();
      await sleep(sizes[size].seconds * 1_000);
      const cpuUsed = cpuSeconds(server.pid) - cpuBefore;
      return { cpuPercent: (cpuUsed * 1e5) / milliseconds(beginNs, monotonicNs()) };
    } finally {
      await server.stop();
    }
  },
};
