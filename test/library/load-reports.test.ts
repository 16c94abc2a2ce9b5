import { Server, ServerCredentials } from "@grpc/grpc-js";
import { expect, it, onTestFinished } from "vitest";
import { createHealth } from "../../src/index.js";
import { loadReportsFrom } from "../support/orca.js";

const listen = (server: Server): Promise<number> =>
  new Promise((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );

it("says what the application knows of its load, on the program's own server, until health is closed", async () => {
  const health = await createHealth({
    config: { gpu: { mode: "off" }, checks: { model: { type: "heartbeat" } } },
  });
  onTestFinished(() => health.close());
  const server = new Server();
  onTestFinished(() => server.forceShutdown());
  let requestsPerSecond = 12;
  health.addLoadReports(server, () => ({ requestsPerSecond, namedMetrics: { sessions: 3 } }));
  const port = await listen(server);
  const before = loadReportsFrom(`127.0.0.1:${port}`);
  await expect.poll(() => before.reports[0]).toEqual({ rps_fractional: 12, named_metrics: { sessions: 3 } });

  health.heartbeat("model", { readings: { queue_length: 7, application_utilization_ratio: 0.5 } });
  requestsPerSecond = 13;
  await expect.poll(() => health.get("readiness")?.status).toBe("healthy");
  const after = loadReportsFrom(`127.0.0.1:${port}`);
  await expect
    .poll(() => after.reports[0])
    .toEqual({
      application_utilization: 0.5,
      rps_fractional: 13,
      named_metrics: { sessions: 3, "model.queue_length": 7 },
    });

  await health.close();
  await expect
    .poll(() => [before.error, after.error])
    .toEqual(["14 UNAVAILABLE: this server is shutting down", "14 UNAVAILABLE: this server is shutting down"]);
});

it("ends the stream where the application throws, with why, and not the program", async () => {
  const health = await createHealth({ config: { gpu: { mode: "off" } } });
  onTestFinished(() => health.close());
  const server = new Server();
  onTestFinished(() => server.forceShutdown());
  health.addLoadReports(server, () => {
    throw new Error("no such queue");
  });
  const stream = loadReportsFrom(`127.0.0.1:${await listen(server)}`);
  await expect.poll(() => stream.error).toBe("13 INTERNAL: the load could not be told: no such queue");
});
