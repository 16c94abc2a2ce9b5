import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "./support/eventually.js";
import { get } from "./support/http.js";
import { type Server, startServingServer } from "./support/program.js";

async function listen(server: TcpServer, port = 0): Promise<number> {
  await once(server.listen(port, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}

interface Report {
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

describe("a check that depends on another", () => {
  let database: TcpServer;
  let databasePort: number;
  let server: Server;
  /** Answers 503 while its database is down, as services do. */
  const api = createHttpServer((_, response) => {
    response.writeHead(database.listening ? 200 : 503).end(database.listening ? "ok" : "no rows for you");
  });

  beforeAll(async () => {
    database = createTcpServer((socket) => socket.end());
    databasePort = await listen(database);
    const apiPort = await listen(api);
    server = await startServingServer({
      config: `
gpu: { mode: "off" }
checks:
  api:
    type: http
    url: http://127.0.0.1:${apiPort}/
    interval: 200ms
    dependsOn: [cache]
    description: what clients call
    runbook: https://wiki.example/api
  cache: { type: disk, maxUsed: "100%", dependsOn: [database] }
  database: { type: tcp, address: "127.0.0.1:${databasePort}", interval: 100ms }
components:
  search: { critical: [api] }
`,
    });
  });
  afterAll(async () => {
    await server.kill();
    api.close();
    database.close();
  });

  const component = async (name: string) =>
    (JSON.parse((await get(server.http, "/health")).text) as Report).components[name];

  it("gives the reason of the cause, warns once, and comes back with it", async () => {
    database.close();
    const search = await eventually(async () => {
      const found = await component("search");
      expect(found).toMatchObject({ serving: "NOT_SERVING", consequenceOf: "database" });
      return found;
    });
    expect(search).toMatchObject({
      reason: "connection_refused",
      message: expect.stringMatching(/^database: 127\.0\.0\.1:\d+: .*\(api fails as a consequence: .*503.*\)$/),
      remedy: expect.stringContaining("see whether the program is running"),
      checks: [
        { check: "api", reason: "unexpected_status", consequenceOf: "database", runbook: "https://wiki.example/api" },
      ],
    });
    expect(await component("readiness")).toMatchObject({ reason: "connection_refused" });
    await eventually(() => {
      const lines = server.log().filter(({ to, component }) => to === "unhealthy" && component === "search");
      expect(lines.at(-1)).toMatchObject({ reason: "connection_refused", consequenceOf: "database" });
    });

    database = createTcpServer((socket) => socket.end());
    await listen(database, databasePort);
    await eventually(async () => expect(await component("search")).toMatchObject({ status: "healthy" }));
    expect((await get(server.http, "/readyz")).status).toBe(200);
  });
});
