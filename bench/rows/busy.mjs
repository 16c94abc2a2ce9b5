// Check while other processes keep every core busy: a probe has one second, and a full node is when it matters.

import { availableParallelism } from "node:os";
import { Child } from "../harness/child.mjs";
import { check, warmUp } from "../harness/load.mjs";
import { peerNames, startPeer } from "../peers/index.mjs";

const sizes = {
  full: { rounds: 5, reused: { calls: 2_000, perSecond: 500 }, fresh: { calls: 300, perSecond: 100 } },
  quick: { rounds: 3, reused: { calls: 500, perSecond: 500 }, fresh: { calls: 100, perSecond: 100 } },
};
const connections = 4;
const spin = [process.execPath, "-e", "for (;;);"];

export const busy = {
  name: "check-busy",
  title: "Check while every core is busy",
  peers: peerNames,
  rounds: (size) => sizes[size].rounds,
  metrics: {
    reusedP99Ms: { label: "p99 reused, 500/s, ms", digits: 1 },
    freshP99Ms: { label: "p99 new, 100/s, ms", digits: 1 },
  },

  async measure(peer, size) {
    const { reused, fresh } = sizes[size];
    const server = await startPeer(peer);
    const spinners = [];
    try {
      await warmUp(server, { calls: 5_000, connections, inFlight: 4 });
      await warmUp(server, { calls: 500, connections, fresh: true });
      for (let cpu = 0; cpu < availableParallelism(); cpu++) {
        spinners.push(new Child("busy process", cpu, spin));
      }
      const onReused = await check(server, { ...reused, connections });
      const onFresh = await check(server, { ...fresh, connections, fresh: true });
      return { reusedP99Ms: onReused.p99Ns / 1e6, freshP99Ms: onFresh.p99Ns / 1e6 };
    } finally {
      await Promise.all(spinners.map((spinner) => spinner.stop()));
      await server.stop();
    }
  },
};
