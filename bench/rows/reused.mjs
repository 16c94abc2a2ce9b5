// Check on connections that stay open, as Envoy and client libraries call.

import { check, warmUp } from "../harness/load.mjs";
import { cpuSeconds, residentBytes } from "../harness/proc.mjs";
import { noMoreThan } from "../harness/targets.mjs";
import { embeddedPeerNames, peerNames, referenceName, startEmbeddedPeer, startPeer } from "../peers/index.mjs";

const sizes = {
  full: { rounds: 5, warmUpCalls: 15_000, calls: 60_000, paced: { calls: 3_000, perSecond: 1_000 } },
  quick: { rounds: 3, warmUpCalls: 10_000, calls: 30_000, paced: { calls: 1_000, perSecond: 1_000 } },
};
const connections = 8;
const inFlight = 4;

const reusedRow = (name, title, peers, start) => ({
  name,
  title,
  peers,
  rounds: (size) => sizes[size].rounds,
  metrics: {
    perSecond: { label: "Check/s, one core", digits: 0 },
    cpuSeconds: { label: "CPU s per 100,000", digits: 2, target: noMoreThan(referenceName) },
    p50Ms: { label: "p50 at 1,000/s, ms", digits: 2 },
    p99Ms: { label: "p99 at 1,000/s, ms", digits: 2 },
    residentMB: { label: "RSS afterwards, MB", digits: 0 },
  },

  async measure(peer, size) {
    const { warmUpCalls, calls, paced } = sizes[size];
    const server = await start(peer);
    try {
      await warmUp(server, { calls: warmUpCalls, connections, inFlight });
      const cpuBefore = cpuSeconds(server.pid);
      const full = await check(server, { calls, connections, inFlight });
      const cpuUsed = cpuSeconds(server.pid) - cpuBefore;
      const latency = await check(server, { ...paced, connections });
      return {
        perSecond: full.calls / full.seconds,
        cpuSeconds: (cpuUsed / full.calls) * 100_000,
        p50Ms: latency.p50Ns / 1e6,
        p99Ms: latency.p99Ns / 1e6,
        residentMB: residentBytes(server.pid) / 1e6,
      };
    } finally {
      await server.stop();
    }
  },
});

export const reused = reusedRow("check-reused", "Check on reused connections", peerNames, startPeer);
export const embeddedReused = reusedRow(
  "embedded-check",
  "Check on reused connections, embedded",
  embeddedPeerNames,
  startEmbeddedPeer,
);
