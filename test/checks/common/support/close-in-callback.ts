import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { openHttp2 } from "../../../../src/checks/common/http2-connection.js";
import { systemClock } from "../../../../src/core/clock.js";

/**
 * A program for http2-connection.test.ts: opens connection after connection, and closes each, with two streams open,
 * once one is answered: in the callback («callback») or in what awaited it («promise»).
 */
const [, , where, rounds] = process.argv;

const server = createServer();
server.on("stream", (stream) => {
  stream.on("error", () => {}).resume();
  stream.on("end", () => stream.respond({ ":status": 200 }, { endStream: true }));
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const { port } = server.address() as AddressInfo;
const target = { address: { kind: "tcp", host: "127.0.0.1", port }, where: "the server" } as const;
const deadline = { clock: systemClock, signal: new AbortController().signal };

for (let round = 0; round < Number(rounds); round += 1) {
  const connection = await openHttp2(target, undefined, deadline);
  const ask = () => {
    const stream = connection.request({ ":method": "POST", ":path": "/" });
    stream.on("error", () => {}).end("question");
    return stream;
  };
  const first = ask();
  const closed = Promise.all([first, ask()].map((stream) => once(stream, "close")));
  await new Promise<void>((resolve) => {
    first.on("response", () => {
      if (where === "callback") connection.close();
      resolve();
    });
  });
  if (where === "promise") connection.close();
  await closed;
}
console.log(`${rounds} connections closed`);
server.close();
