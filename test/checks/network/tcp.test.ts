import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { createCheck, runOnce } from "../../support/run-check.js";

describe("tcp check", () => {
  const servers: Server[] = [];
  const directory = mkdtempSync(join(tmpdir(), "tcp-check-"));

  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  async function listen(where: { port: number; host: string } | { path: string }): Promise<Server> {
    const server = createServer();
    servers.push(server);
    server.listen(where);
    await once(server, "listening");
    return server;
  }
  const portOf = (server: Server) => (server.address() as AddressInfo).port;

  it("is healthy when something accepts the connection", async () => {
    const port = portOf(await listen({ port: 0, host: "127.0.0.1" }));
    const result = await runOnce(createCheck("tcp", { address: `127.0.0.1:${port}` }));
    expect(result).toMatchObject({ status: "healthy", reason: "ok", readings: { connectSeconds: { ok: true } } });
    expect(result.message).toContain(`127.0.0.1:${port} accepted a connection`);
  });

  it("leaves no connection open", async () => {
    const server = await listen({ port: 0, host: "127.0.0.1" });
    const closed = once(server, "connection").then(([socket]) => once(socket.resume(), "close"));
    await runOnce(createCheck("tcp", { address: `127.0.0.1:${portOf(server)}` }));
    await closed;
  });

  it("connects to Unix sockets, and says when there is none", async () => {
    const path = join(directory, "a.sock");
    await listen({ path });
    expect(await runOnce(createCheck("tcp", { address: `unix:${path}` }))).toMatchObject({ status: "healthy" });
    const missing = await runOnce(createCheck("tcp", { address: "unix:/nonexistent/a.sock" }));
    expect(missing).toMatchObject({ status: "unhealthy", reason: "socket_not_found" });
    expect(missing.message).toMatch(/^unix:\/nonexistent\/a\.sock: there is no such socket after [0-9.]+ ms$/);
  });

  it("says where nothing listens", async () => {
    const server = await listen({ port: 0, host: "127.0.0.1" });
    const port = portOf(server);
    server.close();
    await once(server, "close");
    const result = await runOnce(createCheck("tcp", { address: `127.0.0.1:${port}` }));
    expect(result).toMatchObject({ status: "unhealthy", reason: "connection_refused" });
    expect(result.message).toMatch(
      new RegExp(`^127\\.0\\.0\\.1:${port}: the connection was refused after [0-9.]+ ms$`),
    );
    expect(result.remedy).toContain("listens at this address");
  });

  it("stops at the deadline", async () => {
    const deadline = new AbortController();
    const port = portOf(await listen({ port: 0, host: "127.0.0.1" }));
    // Aborted in the same turn: no connection can stand yet.
    const running = runOnce(createCheck("tcp", { address: `127.0.0.1:${port}` }), deadline.signal);
    deadline.abort();
    const result = await running;
    expect(result).toMatchObject({ status: "unhealthy", reason: "timeout" });
    expect(result.message).toContain(`127.0.0.1:${port}: no connection after`);
  });
});
