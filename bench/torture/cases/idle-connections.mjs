import { setTimeout as sleep } from "node:timers/promises";
import { openSockets } from "../harness/sockets.mjs";

const leftMs = { full: 20_000, short: 1000 };

export const idleConnections = {
  name: "idle-connections",
  title: "Connections opened and left",
  sizes: { full: 5000, short: 500 },

  async attack({ server, size, form }) {
    const sockets = [];
    for (const address of [server.grpc, server.http]) sockets.push(...(await openSockets(address, size / 2)));
    // A client that reads nothing would not see that the server has closed.
    for (const socket of sockets) socket.resume();
    await sleep(leftMs[form]);
    const closed = sockets.filter((socket) => socket.closed).length;
    for (const socket of sockets) socket.destroy();
    const problems = sockets.length === size ? [] : [`${size - sockets.length} were refused`];
    return { attempts: size, did: `${size} for ${leftMs[form] / 1000} s; the server closed ${closed}`, problems };
  },
};
