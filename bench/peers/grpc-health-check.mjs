// The peer for every row: grpc-health-check on the @grpc/grpc-js that gpu-health uses itself.

import { createInterface } from "node:readline";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";

const health = new HealthImplementation({ "": "SERVING" });
const server = new Server();
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
