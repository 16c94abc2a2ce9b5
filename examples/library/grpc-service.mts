// A gRPC service that serves its own health: GPUs, and a queue that only the service knows.
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { createHealth, defineCheck, healthy, mapping, present, z } from "gpu-health";

const jobs: unknown[] = [];

const queueLength = defineCheck({
  type: "queue-length",
  summary: "Fewer jobs wait than may.",
  options: () => mapping({ max: z.int().min(1).default(100).describe("Jobs that may wait.") }),
  readings: { waiting: { metric: "queue_waiting", unit: "count", help: "Jobs that wait." } },
  create: ({ max }) => ({
    run() {
      const readings = { waiting: present(jobs.length) };
      if (jobs.length <= max) return healthy(`${jobs.length} jobs wait, ${max} may`, readings);
      const message = `${jobs.length} jobs wait, ${max} may`;
      return { status: "unhealthy", reason: "queue_full", message, remedy: "add a replica", readings };
    },
  }),
});

await using health = await createHealth({
  checkTypes: [queueLength],
  config: {
    checks: {
      gpu: { type: "gpu", minFreeMemory: "2GiB" },
      jobs: { type: "queue-length", max: 50, interval: "1s" },
    },
    components: { "example.Inference": { critical: ["gpu", "jobs"] } },
  },
});
health.on("status", ({ component, to }) => console.log(component, to?.status, to?.message));

// The interceptor is for speed, and may be left out.
const server = new Server({ interceptors: [health.interceptor] });
health.addToServer(server);
health.addReflection(server);
server.bindAsync(process.env.ADDRESS ?? "127.0.0.1:50051", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  console.log(`ready on port ${port}`);
});

// The library handles no signals: how a service ends is its own affair.
await once(process, "SIGTERM");
health.drain("the service is about to end");
await setTimeout(Number(process.env.DRAIN_MS ?? 5000));
await health.close();
await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
