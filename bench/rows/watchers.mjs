// Many watchers: how long until the last one is told of a change, and what each costs.

import { setTimeout as sleep } from "node:timers/promises";
import { Watchers, warmUp } from "../harness/load.mjs";
import { residentBytes } from "../harness/proc.mjs";
import { median } from "../harness/statistics.mjs";
import { noMoreThan } from "../harness/targets.mjs";
import { embeddedPeerNames, peerNames, referenceName, startEmbeddedPeer, startPeer } from "../peers/index.mjs";

/** The default limit of many gRPC servers and proxies, so a client with more opens another connection. */
const streamsPerConnection = 100;
const settleMs = 1_000;
const betweenChangesMs = 100;
const changes = 5;

const programs = { where: "", peers: peerNames, start: startPeer };
const embedded = { where: ", embedded", peers: embeddedPeerNames, start: startEmbeddedPeer };

function watchersRow(name, count, rounds, { where, peers, start }) {
  return {
    name,
    title: `${count.toLocaleString("en")} watchers${where}`,
    peers,
    rounds: (size) => rounds[size],
    metrics: {
      toldMs: { label: "last one told after, ms", digits: 1, target: noMoreThan(referenceName) },
      streamKB: { label: "memory a stream, kB", digits: 1, target: noMoreThan(referenceName) },
    },

    async measure(peer) {
      const server = await start(peer);
      const watchers = [];
      try {
        await warmUp(server, { calls: 5_000, connections: 8, inFlight: 4 });
        await sleep(settleMs);
        const bytesBefore = residentBytes(server.pid);
        const crowd = new Watchers(server, {
          connections: count / streamsPerConnection,
          streams: streamsPerConnection,
        });
        watchers.push(crowd);
        await crowd.watching();
        await sleep(settleMs);
        const bytesPerStream = (residentBytes(server.pid) - bytesBefore) / count;
        const times = [];
        for (let change = 0; change < changes; change++) {
          times.push(await crowd.tellNotServing(server));
          await sleep(betweenChangesMs);
          await crowd.tellServing(server);
          await sleep(betweenChangesMs);
        }
        return { toldMs: median(times), streamKB: bytesPerStream / 1e3 };
      } finally {
        await Promise.all(watchers.map((crowd) => crowd.stop()));
        await server.stop();
      }
    },
  };
}

export const thousandWatchers = watchersRow("watchers-1000", 1_000, { full: 5, quick: 3 }, programs);
export const tenThousandWatchers = watchersRow("watchers-10000", 10_000, { full: 5, quick: 1 }, programs);
export const embeddedWatchers = watchersRow("embedded-watchers", 10_000, { full: 5, quick: 3 }, embedded);
