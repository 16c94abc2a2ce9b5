import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ListenError } from "../../../src/net/listen-error.js";
import { check, healthClient, Watcher } from "./support/client.js";
import { open, path, session } from "./support/http2.js";
import { clientPreface, closed, rawConnection } from "./support/raw.js";
import { TestServer } from "./support/server.js";

function socketPath(): string {
  const directory = mkdtempSync(join(tmpdir(), "gpu-health-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, "health.sock");
}

const isAccepting = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });

describe("start", () => {
  it("listens on several addresses, TCP and Unix sockets, and gives them in order", async () => {
    const file = socketPath();
    const server = await TestServer.start({
      listen: [{ address: "127.0.0.1:0" }, { address: `unix:${file}` }, { address: "127.0.0.1:0" }],
    });
    expect(server.addresses).toEqual([
      expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      `unix:${file}`,
      expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    ]);
    for (const address of server.addresses) expect(await check(healthClient(address))).toBe("SERVING");
  });

  it("listens on every address or on none", async () => {
    const other = createServer();
    onTestFinished(() => {
      other.close();
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const taken = other.address();
    if (taken === null || typeof taken === "string") throw new Error("not bound");
    const file = socketPath();
    const starting = TestServer.start({
      listen: [{ address: `unix:${file}` }, { address: `127.0.0.1:${taken.port}` }],
    });
    await expect(starting).rejects.toThrow(ListenError);
    await expect(starting).rejects.toThrow(new RegExp(`127\\.0\\.0\\.1:${taken.port}.*in use.*grpc\\.listen`));
    await expect.poll(() => existsSync(file)).toBe(false);
  });
});

describe("stop", () => {
  it("accepts no more, closes idle connections and removes the socket file", async () => {
    const file = socketPath();
    const server = await TestServer.start({ listen: [{ address: "127.0.0.1:0" }, { address: `unix:${file}` }] });
    const client = healthClient(server.address);
    expect(await check(client)).toBe("SERVING");
    const watcher = new Watcher(client);
    await watcher.said(1);
    await server.server.stop(1000);
    expect(await watcher.ended()).not.toBe("ok");
    expect(await isAccepting(server.port)).toBe(false);
    expect(existsSync(file)).toBe(false);
    // The deadline did not have to come, and nothing of it is left.
    expect(server.health.clock.pending).toBe(0);
  });

  it("waits for calls in flight until the deadline, then breaks them off", async () => {
    const server = await TestServer.start();
    const client = session(server.port);
    const stream = open(client, path.check);
    stream.on("error", () => {});
    await new Promise((resolve) => client.once("remoteSettings", resolve));
    // Its answer says that the server has the stream too.
    await new Promise((resolve) => client.ping(resolve));
    const broken = new Promise((resolve) => stream.once("close", resolve));
    let isStopped = false;
    const stopped = server.server.stop(1000).then(() => {
      isStopped = true;
    });
    await new Promise((resolve) => client.once("goaway", resolve));
    server.health.clock.advance(999);
    expect(isStopped).toBe(false);
    expect(stream.closed).toBe(false);
    server.health.clock.advance(1);
    await Promise.all([stopped, broken]);
  });

  it.each([
    ["says nothing", Buffer.alloc(0)],
    ["says no more than that it speaks HTTP/2", clientPreface],
  ])("waits a second at most for a client that %s and never closes", async (_what, bytes) => {
    const server = await TestServer.start();
    const socket = rawConnection(server.port, true);
    const ended = new Promise((resolve) => socket.resume().once("end", resolve));
    socket.write(bytes);
    await check(healthClient(server.address));
    const stopped = server.server.stop(60_000);
    await ended;
    server.health.clock.advance(1000);
    await stopped;
  });

  it("breaks off connections that never spoke HTTP/2", async () => {
    const server = await TestServer.start();
    const socket = rawConnection(server.port);
    await new Promise((resolve) => socket.once("data", resolve));
    const broken = closed(socket);
    await server.stopNow();
    await broken;
  });
});
