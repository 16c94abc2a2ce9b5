// What the checks of the rows "checks-…" look at, in a process of its own: an HTTP server that notes when it was asked, a
// port that accepts and never answers, and a port on which nobody listens. Prints their addresses; answers "reset" and
// "read" on the IPC channel.

import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createTcpServer } from "node:net";

/** When each path was asked for, in milliseconds. */
const askedAtMs = new Map();

const http = createHttpServer((request, response) => {
  const times = askedAtMs.get(request.url);
  if (times === undefined) {
    askedAtMs.set(request.url, [performance.now()]);
  } else {
    times.push(performance.now());
  }
  response.end("ok");
});
const silent = createTcpServer((socket) => {
  socket.on("error", () => {});
  socket.resume();
});
const refusing = createTcpServer();

async function listen(server) {
  await once(server.listen(0, "127.0.0.1", 1024), "listening");
  return `127.0.0.1:${server.address().port}`;
}

const addresses = { http: await listen(http), silent: await listen(silent), refusing: await listen(refusing) };
await new Promise((resolve) => refusing.close(resolve));

process.on("message", (question) => {
  if (question === "reset") {
    askedAtMs.clear();
  }
  process.send({ paths: Object.fromEntries(askedAtMs) });
});
// The channel must not keep it alive; the servers do.
process.channel?.unref();
process.on("SIGTERM", () => process.exit(0));
console.log(JSON.stringify({ event: "ready", addresses }));
