import { Server, ServerCredentials } from "@grpc/grpc-js";
import { expect, it, onTestFinished } from "vitest";
import { createHealth } from "../../src/index.js";
import { loadReportsFrom } from "../support/orca.js";

it("says what the application knows of its load, on the program's own server, until health is closed", async () => {
  const health = await createHealth({
    config: { gpu: { mode: "off" }, checks: { model: { type: "heartbeat" } } },
  });
  onTestFinished(() => health.close());
  const server = new Server();
  onTestFinished(() => server.forceShutdown());
  let requestsPerSecond = 12;
  health.addLoadReports(server, () => ({ requestsPerSecond, namedMetrics: { sessions: 3 } }));
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
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
