// Our replacement for grpc-health-check on a server of the program's own, as docs say to use it: grpc-health-check.mjs
// with one import changed, and the interceptor.

import { createInterface } from "node:readline";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { HealthImplementation } from "../../dist/exports/grpc-health-check.js";

const health = new HealthImplementation({ "": "SERVING" });
const server = new Server({ interceptors: [health.interceptor] });
health.addToServer(server);

server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error) {
    throw error;
  }
  console.log(JSON.stringify({ event: "ready", grpc: [`127.0.0.1:${port}`] }));
});
createInterface({ input: process.stdin }).on("line", (status) => {
  console.log(JSON.stringify({ event: "set", atNs: String(process.hrtime.bigint()) }));
  health.setStatus("", status);
});
