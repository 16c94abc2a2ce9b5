import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it, vi } from "vitest";
import { maxComponentNameBytes } from "../../../src/core/component.js";
import { healthService } from "../../../src/proto/health.js";
import { check, healthClient, Watcher } from "./support/client.js";
import { frame, open, path, request, session } from "./support/http2.js";
import { answered, clientPreface, closed, dataFrame, headersFrame, rawConnection, resetFrame } from "./support/raw.js";
import { TestServer } from "./support/server.js";

/** A round trip on the client's connection: what was sent on it before has been handled. */
const roundTrip = check;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => undefined;

afterEach(() => {
  vi.restoreAllMocks();
});

describe("Watch", () => {
  it("says the present status at once, then each change and nothing else", async () => {
    const server = await TestServer.start();
    const client = healthClient(server.address);
    const watcher = new Watcher(client, "model");
    await watcher.said(1);
    server.health.set("model", "healthy");
    await watcher.said(2);
    // Degraded still serves, and the others' changes are not this stream's.
    server.health.set("model", "degraded");
    server.health.set("", "unhealthy");
    server.health.set("model", "unhealthy");
    await watcher.said(3);
    await roundTrip(client);
    expect(watcher.statuses).toEqual(["NOT_SERVING", "SERVING", "NOT_SERVING"]);
  });

  it("keeps the stream of an unknown name open, and says when the name appears and goes", async () => {
    const server = await TestServer.start();
    const watcher = new Watcher(healthClient(server.address), "later");
    await watcher.said(1);
    server.health.serve("", "later");
    await watcher.said(2);
    server.health.set("later", "healthy");
    await watcher.said(3);
    server.health.serve("");
    await watcher.said(4);
    expect(watcher.statuses).toEqual(["SERVICE_UNKNOWN", "UNKNOWN", "SERVING", "SERVICE_UNKNOWN"]);
    expect(watcher.end).toBeUndefined();
  });

  it("keeps nothing of a name, invented ones included, once its streams are gone", async () => {
    const server = await TestServer.start();
    const client = healthClient(server.address);
    const watchers = Array.from({ length: 20 }, (_, index) => new Watcher(client, `invented-${index}`));
    for (const watcher of watchers) await watcher.said(1);
    expect(server.health.registry.watcherCount).toBe(20);
    for (const watcher of watchers) watcher.cancel();
    await expect.poll(() => server.health.registry.watcherCount).toBe(0);
  });

  it("holds no name that is too long for a component, nor the request that it came in", async () => {
    const requests: WeakRef<object>[] = [];
    const decode = healthService.Watch.requestDeserialize;
    const decoding = vi.spyOn(healthService.Watch, "requestDeserialize").mockImplementation((bytes) => {
      const decoded = decode(bytes);
      requests.push(new WeakRef(decoded));
      return decoded;
    });
    const server = await TestServer.start();
    const watched = vi.spyOn(server.health.registry, "watch");
    const watcher = new Watcher(healthClient(server.address), "é".repeat(maxComponentNameBytes));
    expect(await watcher.said(1)).toEqual(["SERVICE_UNKNOWN"]);
    const lengths = watched.mock.calls.map(([name]) => Buffer.byteLength(name));
    expect(lengths).toEqual([maxComponentNameBytes + 1]);
    // It holds what it returned.
    decoding.mockClear();
    await expect.poll(() => collectGarbage() ?? requests.map((each) => each.deref())).toEqual([undefined]);
    expect(watcher.end).toBeUndefined();
  });

  it("watches a name of the greatest length", async () => {
    const server = await TestServer.start();
    const longest = "x".repeat(maxComponentNameBytes);
    const watcher = new Watcher(healthClient(server.address), longest);
    await watcher.said(1);
    server.health.serve("", longest);
    expect(await watcher.said(2)).toEqual(["SERVICE_UNKNOWN", "UNKNOWN"]);
  });

  it("keeps nothing of a client whose connection breaks", async () => {
    const server = await TestServer.start();
    const client = session(server.port);
    const stream = open(client, path.watch);
    stream.on("error", () => {});
    stream.end(frame(request()));
    await new Promise((resolve) => stream.once("data", resolve));
    expect(server.health.registry.watcherCount).toBe(1);
    client.destroy();
    await expect.poll(() => server.health.registry.watcherCount).toBe(0);
  });

  it("queues nothing for a client that does not read, and then tells it the newest status", async () => {
    const server = await TestServer.start();
    server.health.set("model", "healthy");
    // Room for one message of 7 bytes; a stream that nobody reads never widens its window.
    const client = session(server.port, { settings: { initialWindowSize: 7 } });
    const stream = open(client, path.watch);
    stream.end(frame(request("model")));
    await expect.poll(() => server.health.registry.watcherCount).toBe(1);
    for (let round = 0; round < 1000; round += 1) {
      server.health.set("model", "unhealthy");
      server.health.set("model", "healthy");
    }
    server.health.set("model", "unhealthy");
    const received: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => received.push(chunk));
    const statuses = (): readonly number[] => [...Buffer.concat(received).filter((_, index) => index % 7 === 6)];
    await expect.poll(() => statuses().at(-1)).toBe(2);
    server.health.set("model", "healthy");
    await expect.poll(() => statuses().at(-1)).toBe(1);
    // SERVING; at most one that was on its way; the newest; and the change after that.
    expect(statuses().length).toBeLessThanOrEqual(4);
    for (const [index, status] of statuses().entries()) expect(status).not.toBe(statuses()[index + 1]);
  });

  it("refuses one stream too many with RESOURCE_EXHAUSTED, until another ends", async () => {
    const server = await TestServer.start({ maxWatchers: 2 });
    const client = healthClient(server.address);
    const watchers = [new Watcher(client), new Watcher(client)];
    for (const watcher of watchers) await watcher.said(1);
    const refused = await new Watcher(client).ended();
    expect(refused).toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: expect.stringContaining("maxWatchers") });
    expect(await check(client)).toBe("SERVING");
    watchers[0]?.cancel();
    await expect.poll(() => server.health.registry.watcherCount).toBe(1);
    expect(await new Watcher(client).said(1)).toEqual(["SERVING"]);
    expect([...server.probeCounts]).toContainEqual({ kind: "grpc_watch", result: "refused", count: 1 });
  });

  it("finds a dead client by keepalive, and forgets its streams", async () => {
    const server = await TestServer.start({ keepalive: { intervalMs: 20, timeoutMs: 20 } });
    const socket = rawConnection(server.port);
    socket.write(Buffer.concat([clientPreface, headersFrame(1, path.watch), dataFrame(1, frame(request()))]));
    await expect.poll(() => [...server.probeCounts]).toHaveLength(1);
    await closed(socket);
    await expect.poll(() => server.health.registry.watcherCount).toBe(0);
  });

  it("keeps nothing of a stream that is reset as soon as it is opened", async () => {
    const server = await TestServer.start();
    const socket = rawConnection(server.port);
    const streams = Array.from({ length: 50 }, (_, index) => 2 * index + 1).map((id) =>
      Buffer.concat([headersFrame(id, path.watch), dataFrame(id, frame(request())), resetFrame(id)]),
    );
    socket.write(Buffer.concat([clientPreface, ...streams]));
    const client = healthClient(server.address);
    await roundTrip(client);
    socket.end();
    await closed(socket);
    await expect.poll(() => server.health.registry.watcherCount).toBe(0);
  });
});

describe("a Watch whose deadline passes before its request has ended", () => {
  it("keeps nothing, though the end comes later", async () => {
    const server = await TestServer.start();
    const socket = rawConnection(server.port);
    const headers = headersFrame(1, path.watch, { "grpc-timeout": "1m" });
    socket.write(Buffer.concat([clientPreface, headers, dataFrame(1, frame(request()), false)]));
    await answered(socket);
    const next = answered(socket);
    const check = Buffer.concat([headersFrame(3, path.check), dataFrame(3, frame(request()))]);
    socket.write(Buffer.concat([dataFrame(1, Buffer.alloc(0)), check]));
    await next;
    expect([...server.probeCounts]).toEqual([{ kind: "grpc_check", result: "serving", count: 1 }]);
    expect(server.health.registry.watcherCount).toBe(0);
  });
});

describe("the end of the streams", () => {
  it("comes after NOT_SERVING, with UNAVAILABLE; Check goes on", async () => {
    const server = await TestServer.start();
    const client = healthClient(server.address);
    const watchers = [new Watcher(client), new Watcher(client, "model"), new Watcher(client, "nobody")];
    for (const watcher of watchers) await watcher.said(1);
    server.health.registry.shutdown("going away");
    server.methods.endStreams();
    for (const watcher of watchers) {
      expect(await watcher.ended()).toMatchObject({ code: status.UNAVAILABLE });
    }
    const said = watchers.map((watcher) => watcher.statuses);
    expect(said).toEqual([["SERVING", "NOT_SERVING"], ["NOT_SERVING"], ["SERVICE_UNKNOWN"]]);
    expect(server.health.registry.watcherCount).toBe(0);
    expect(await check(client)).toBe("NOT_SERVING");
    expect(await new Watcher(client).ended()).toMatchObject({ code: status.UNAVAILABLE });
  });

  it("waits for a status that is on its way", async () => {
    const server = await TestServer.start();
    const client = session(server.port, { settings: { initialWindowSize: 7 } });
    const stream = open(client, path.watch);
    stream.end(frame(request()));
    await expect.poll(() => server.health.registry.watcherCount).toBe(1);
    server.health.registry.shutdown("going away");
    server.methods.endStreams();
    const received: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => received.push(chunk));
    const trailers = await new Promise((resolve) => stream.once("trailers", resolve));
    expect(Buffer.concat(received).at(-1)).toBe(2);
    expect(trailers).toMatchObject({ "grpc-status": String(status.UNAVAILABLE) });
  });
});
