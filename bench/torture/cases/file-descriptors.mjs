import { setTimeout as sleep } from "node:timers/promises";
import { openSockets } from "../harness/sockets.mjs";

const limit = 200;
const lastsMs = { full: 10_000, short: 2000 };

export const fileDescriptors = {
  name: "file-descriptors",
  title: "File descriptors exhausted, then freed",
  sizes: { full: 400, short: 400 },
  /** A connection that is new cannot be accepted without a descriptor; those that are kept go on being served. */
  freshProbesMayFail: true,
  setUp: () => ({ server: { openFiles: limit }, tearDown() {} }),

  async attack({ server, size, form }) {
    const sockets = await openSockets(server.grpc, size);
    await sleep(lastsMs[form]);
    for (const socket of sockets) socket.destroy();
    return {
      attempts: size,
      did: `${size} connections where ${limit} files may be open, for ${lastsMs[form] / 1000} s`,
      problems: [],
    };
  },
};
