// Check on a new connection for each call, as the kubelet probes.

import { setTimeout as sleep } from "node:timers/promises";
import { check, warmUp } from "../harness/load.mjs";
import { cpuSeconds } from "../harness/proc.mjs";
import { noMoreThan } from "../harness/targets.mjs";
import { peerNames, referenceName, startPeer } from "../peers/index.mjs";

const sizes = {
  full: { rounds: 5, warmUpCalls: 1_500, calls: 5_000, paced: { calls: 600, perSecond: 200 } },
  quick: { rounds: 3, warmUpCalls: 1_000, calls: 2_500, paced: { calls: 200, perSecond: 200 } },
};
const connections = 4;
/** The server goes on closing connections after the last answer; that is part of what a call costs. */
const closingMs = 100;

export const fresh = {
  name: "check-fresh",
  title: "Check on a new connection each",
  peers: peerNames,
  rounds: (size) => sizes[size].rounds,
  metrics: {
    perSecond: { label: "Check/s, one core", digits: 0 },
    cpuSeconds: { label: "CPU s per 100,000", digits: 1, target: noMoreThan(referenceName) },
    p50Ms: { label: "p50 at 200/s, ms", digits: 2 },
    p99Ms: { label: "p99 at 200/s, ms", digits: 2 },
  },

  async measure(peer, size) {
    const { warmUpCalls, calls, paced } = sizes[size];
    const server = await startPeer(peer);
    try {
      await warmUp(server, { calls: warmUpCalls, connections, fresh: true });
      await sleep(closingMs);
      const cpuBefore = cpuSeconds(server.pid);
      const full = await check(server, { calls, connections, fresh: true });
      await sleep(closingMs);
      const cpuUsed = cpuSeconds(server.pid) - cpuBefore;
      const latency = await check(server, { ...paced, connections, fresh: true });
      return {
        perSecond: full.calls / full.seconds,
        cpuSeconds: (cpuUsed / full.calls) * 100_000,
        p50Ms: latency.p50Ns / 1e6,
        p99Ms: latency.p99Ns / 1e6,
      };
    } finally {
      await server.stop();
    }
  },
};
