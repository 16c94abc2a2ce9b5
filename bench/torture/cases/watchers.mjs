import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../harness/eventually.mjs";
import { healthCheckRequest, lastStatus, notServing, openCall, openSession, serving } from "../harness/grpc.mjs";
import { forEach } from "../harness/sockets.mjs";

const streamsPerConnection = 100;
const changes = 3;

/** Watches on one connection; `statuses` has the newest of each. */
async function watchAll(address, streams, settings) {
  const session = await openSession(address, settings);
  const statuses = new Array(streams).fill(undefined);
  for (let index = 0; index < streams; index++) {
    const stream = openCall(session, "Watch");
    stream.on("data", (bytes) => {
      statuses[index] = lastStatus(bytes) ?? statuses[index];
    });
    stream.end(healthCheckRequest("torture"));
  }
  return { session, statuses };
}

export const watchers = {
  name: "watchers",
  title: "Watchers, and one that does not read",
  sizes: { full: 10_000, short: 1000 },

  async attack({ server, size }) {
    const crowd = [];
    await forEach(Math.ceil(size / streamsPerConnection), 5, async () => {
      crowd.push(await watchAll(server.grpc, streamsPerConnection));
    });
    await server.setServing(true);
    // Not one byte of any message may be sent to it.
    const stalled = await watchAll(server.grpc, 1, { initialWindowSize: 0 });
    const everyoneIs = (status) =>
      eventually(() => {
        const others = crowd.flatMap(({ statuses }) => statuses.filter((each) => each !== status));
        if (others.length > 0) throw new Error(`${others.length} of ${size} watchers have not been told ${status}`);
      });
    await everyoneIs(serving);
    for (let change = 0; change < changes; change++) {
      await server.setServing(false);
      await everyoneIs(notServing);
      await server.setServing(true);
      await everyoneIs(serving);
    }
    const problems = stalled.statuses[0] === undefined ? [] : ["the watcher without a window was sent something"];
    for (const { session } of [...crowd, stalled]) session.destroy();
    await sleep(100);
    return { attempts: size * (1 + 2 * changes), did: `${size} watchers told ${2 * changes} changes`, problems };
  },
};
