// What a guard adds to each request of a service that it lets through.

import { Metadata } from "@grpc/grpc-js";
import { under } from "../harness/targets.mjs";
import { ourName } from "../peers/index.mjs";

const sizes = { full: { rounds: 5, calls: 3_000_000 }, quick: { rounds: 2, calls: 1_000_000 } };
const warmUpCalls = 200_000;
const limitMicroseconds = 2;

export const guard = {
  name: "guard",
  title: "Guard of a service, a request let through",
  peers: [ourName],
  rounds: (size) => sizes[size].rounds,
  metrics: {
    httpMicroseconds: { label: "HTTP, healthy, CPU µs", digits: 3, target: under(limitMicroseconds) },
    grpcMicroseconds: { label: "gRPC, healthy, CPU µs", digits: 3, target: under(limitMicroseconds) },
    httpDegradedMicroseconds: { label: "HTTP, degraded, CPU µs", digits: 3, target: under(limitMicroseconds) },
    grpcDegradedMicroseconds: { label: "gRPC, degraded, CPU µs", digits: 3, target: under(limitMicroseconds) },
  },

  async measure(_peer, size) {
    const { createHealth, grpcGuard, httpGuard } = await import("gpu-health");
    const health = await createHealth({ config: { gpu: { mode: "off" }, checks: {} } });
    try {
      const [http, grpc] = [httpGuard(health, { component: "model" }), grpcGuard(health, { component: "model" })];
      const { calls } = sizes[size];
      const callHttp = () => http(request, response, next);
      const callGrpc = () => grpc(method, call).sendMetadata(metadata);
      health.setStatus("model", "healthy");
      const healthy = { http: cost(callHttp, calls), grpc: cost(callGrpc, calls) };
      health.setStatus("model", "degraded", "cache_slow");
      return {
        httpMicroseconds: healthy.http,
        grpcMicroseconds: healthy.grpc,
        httpDegradedMicroseconds: cost(callHttp, calls),
        grpcDegradedMicroseconds: cost(callGrpc, calls),
      };
    } finally {
      await health.close();
    }
  },
};

/** In place of the server's own, which cost the same with a guard and without. */
const request = { url: "/v1/models", method: "GET" };
const response = { setHeader() {} };
const method = { path: "/inference.Engine/Generate" };
const call = { sendMetadata() {}, start() {} };
const metadata = new Metadata();
const next = () => {};

/** CPU time of one call, in microseconds. */
function cost(run, calls) {
  for (let i = 0; i < warmUpCalls; i++) run();
  const before = process.cpuUsage();
  for (let i = 0; i < calls; i++) run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}
