// An HTTP service with probes, the report and metrics below /internal, and a component that it sets by hand.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createHealth } from "gpu-health";
import { collectDefaultMetrics, Registry } from "prom-client";

const registry = new Registry();
collectDefaultMetrics({ register: registry });

await using health = await createHealth({
  registry,
  config: { gpu: { mode: "off" }, checks: { loop: { type: "event-loop" } } },
  log: ({ level, event, message }) => console.log(level, event, message),
});
health.setStatus("model", "unhealthy", "loading", { message: "the weights are being read" });

const probes = health.router({ prefix: "/internal" });
const server = createServer((request, response) => {
  probes(request, response, (error) => {
    if (error !== undefined) return response.writeHead(500).end();
    const { status = "unknown", reason } = health.get("model") ?? {};
    response.writeHead(status === "unhealthy" ? 503 : 200).end(`the model is ${status} (${reason})\n`);
  });
});
server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1");
await once(server, "listening");
console.log(`ready on port ${(server.address() as AddressInfo).port}`);

health.setStatus("model", "healthy");

await once(process, "SIGTERM");
health.drain();
server.close();
