// From the start of the process to its first answer, and what it then weighs.

import { setTimeout as sleep } from "node:timers/promises";
import { FirstCaller } from "../harness/load.mjs";
import { milliseconds, residentBytes } from "../harness/proc.mjs";
import { under } from "../harness/targets.mjs";
import { peerNames, startPeer } from "../peers/index.mjs";

const settleMs = 2_000;

export const start = {
  name: "start",
  title: "Start",
  peers: peerNames,
  rounds: (size) => ({ full: 5, quick: 3 })[size],
  metrics: {
    firstAnswerMs: { label: "first answer after, ms", digits: 0, target: under(400) },
    residentMB: { label: "RSS after 2 s, MB", digits: 0, target: under(90) },
  },

  async measure(peer) {
    const caller = new FirstCaller();
    try {
      const server = await startPeer(peer);
      try {
        const firstAnswerMs = milliseconds(server.startedNs, await caller.call(server.address));
        await sleep(settleMs);
        return { firstAnswerMs, residentMB: residentBytes(server.pid) / 1e6 };
      } finally {
        await server.stop();
      }
    } finally {
      await caller.stop();
    }
  },
};
