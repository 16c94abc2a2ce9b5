// Node's limit: the same bytes on the wire with nothing but node:http2, no gRPC library and no decision in between.

import { createServer } from "node:http2";
import { createInterface } from "node:readline";

/** A gRPC frame around HealthCheckResponse{status}, by the status's number in health.proto. */
const responses = {
  SERVING: Buffer.from([0, 0, 0, 0, 2, 8, 1]),
  NOT_SERVING: Buffer.from([0, 0, 0, 0, 2, 8, 2]),
};
const responseHeaders = { ":status": 200, "content-type": "application/grpc" };
const trailers = { "grpc-status": "0" };

let response = responses.SERVING;
const watchers = new Set();

function check(stream) {
  stream.respond(responseHeaders, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers(trailers));
  stream.end(response);
}

function watch(stream) {
  stream.respond(responseHeaders, { waitForTrailers: true });
  stream.write(response);
  watchers.add(stream);
  stream.on("close", () => watchers.delete(stream));
}

const server = createServer();
server.on("stream", (stream, headers) => {
  // A client that goes away resets its streams; that is no fault of this process.
  stream.on("error", () => {});
  stream.resume();
  (headers[":path"] === "/grpc.health.v1.Health/Check" ? check : watch)(stream);
});
server.on("sessionError", () => {});
server.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ event: "ready", grpc: [`127.0.0.1:${server.address().port}`] }));
});
createInterface({ input: process.stdin }).on("line", (status) => {
  console.log(JSON.stringify({ event: "set", atNs: String(process.hrtime.bigint()) }));
  response = responses[status];
  for (const stream of watchers) {
    stream.write(response);
  }
});
