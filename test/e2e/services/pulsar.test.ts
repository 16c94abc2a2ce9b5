import { describe, expect, it } from "vitest";
import { type Routes, WireServer } from "../../support/wire-server.js";
import { eventually } from "../support/eventually.js";
import { get } from "../support/http.js";
import { startServingServer, temporaryFile } from "../support/program.js";
import { servingStatus } from "../support/raw-grpc.js";
import { Watcher } from "../support/watcher.js";

const { serving, notServing } = servingStatus;
const token = "eyJ-the-token";

/** Documented answers: Pulsar itself is too large for a test. */
const well: Routes = {
  "GET /admin/v2/brokers/health": { body: "ok" },
  "GET /lookup/v2/topic/persistent/public/default/requests": { body: { brokerUrl: "pulsar://broker-1:6650" } },
};

describe("pulsar", () => {
  it("is NOT_SERVING while its broker is unhealthy, hangs or is gone, and serves again", async () => {
    const broker = new WireServer(well);
    const url = await broker.listen();
    const config = `
gpu: { mode: off }
checks:
  queue:
    type: pulsar
    url: ${url}
    topic: persistent://public/default/requests
    auth: { bearer: "file:${temporaryFile("token", token)}" }
    interval: 200ms
    timeout: 200ms
    failureThreshold: 1
components: { messages: { critical: [queue] } }
`;
    const server = await startServingServer({ config });
    const watcher = new Watcher(server.grpc, "messages");
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));

    const fails = async (routes: Routes, reason: string) => {
      broker.routes = { ...well, ...routes };
      await eventually(() => expect(watcher.statuses.at(-1)).toBe(notServing));
      await eventually(async () => expect((await get(server.http, "/readyz")).text).toContain(reason));
      broker.routes = well;
      await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
    };
    await fails({ "GET /admin/v2/brokers/health": { status: 500, body: `${token} timed out` } }, "broker_unhealthy");
    await fails({ "GET /admin/v2/brokers/health": "never" }, "timeout");

    await broker.stop();
    await eventually(async () => expect((await get(server.http, "/readyz")).text).toContain("connection_refused"));
    expect(watcher.statuses.at(-1)).toBe(notServing);
    await broker.listen(Number(new URL(url).port));
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
    expect(server.process.stdout).not.toContain(token);
  });
});
