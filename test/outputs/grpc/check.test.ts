import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { check, healthClient } from "./support/client.js";
import { call, frame, messageOf, path, request, session, statusOf } from "./support/http2.js";
import { TestServer } from "./support/server.js";

describe("Check", () => {
  it("gives the present status", async () => {
    const server = await TestServer.start();
    const client = healthClient(server.address);
    expect(await check(client)).toBe("SERVING");
    expect(await check(client, "model")).toBe("NOT_SERVING");
    server.health.set("model", "degraded");
    expect(await check(client, "model")).toBe("SERVING");
  });

  it("gives UNKNOWN before the first answer of a check", async () => {
    const server = await TestServer.start();
    server.health.serve("", "new");
    expect(await check(healthClient(server.address), "new")).toBe("UNKNOWN");
  });

  it("gives NOT_FOUND, with the name, for one that is not served", async () => {
    const server = await TestServer.start();
    const answer = await check(healthClient(server.address), "modle");
    expect(answer).toMatchObject({ code: status.NOT_FOUND, details: expect.stringContaining('"modle"') });
  });

  it("counts each answer", async () => {
    const server = await TestServer.start();
    const client = healthClient(server.address);
    for (const name of ["", "", "model", "nobody"]) await check(client, name);
    expect([...server.probeCounts]).toEqual([
      { kind: "grpc_check", result: "serving", count: 2 },
      { kind: "grpc_check", result: "not_serving", count: 1 },
      { kind: "grpc_check", result: "not_found", count: 1 },
    ]);
  });

  it("answers once the request has ended, and takes exactly one message", async () => {
    const server = await TestServer.start();
    const client = session(server.port);
    const none = await call(client, path.check, Buffer.alloc(0));
    expect(statusOf(none)).toBe(status.UNIMPLEMENTED);
    const two = await call(client, path.check, Buffer.concat([frame(request()), frame(request())]));
    expect(statusOf(two)).toBe(status.UNIMPLEMENTED);
    expect(messageOf(two)).toContain("exactly one");
  });
});

describe("List", () => {
  it("gives every component, more than a hundred of them too", async () => {
    const server = await TestServer.start();
    const names = Array.from({ length: 150 }, (_, index) => `gpu/${index}`);
    server.health.serve("", ...names);
    server.health.set("gpu/149", "unhealthy");
    const client = healthClient(server.address);
    const { statuses } = await new Promise<{ statuses: Record<string, { status: string }> }>((resolve, reject) => {
      client.List({}, (error, response) => (response === undefined ? reject(error) : resolve(response)));
    });
    expect(Object.keys(statuses)).toHaveLength(151);
    expect(statuses).toMatchObject({ "": { status: "SERVING" }, "gpu/149": { status: "NOT_SERVING" } });
    expect([...server.probeCounts]).toEqual([{ kind: "grpc_list", result: "serving", count: 1 }]);
  });
});
