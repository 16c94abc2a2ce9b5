import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { check, healthClient, Watcher } from "./support/client.js";
import { call, frame, messageOf, open, path, type Reply, reply, request, session, statusOf } from "./support/http2.js";
import { clientPreface, closed, givenUp, headersFrame, http2Frame, rawConnection } from "./support/raw.js";
import { TestServer } from "./support/server.js";

/** Does something bad to a server that has a well-behaved client, and sees that this one notices nothing. */
async function unharmed(attack: (server: TestServer) => Promise<void>): Promise<void> {
  const server = await TestServer.start();
  const client = healthClient(server.address);
  const watcher = new Watcher(client);
  await watcher.said(1);
  await attack(server);
  expect(await check(client)).toBe("SERVING");
  expect(await check(healthClient(server.address))).toBe("SERVING");
  server.health.set("", "unhealthy");
  expect(await watcher.said(2)).toEqual(["SERVING", "NOT_SERVING"]);
  expect(server.health.registry.watcherCount).toBe(1);
}

const reject = (
  name: string,
  send: (server: TestServer) => Promise<Reply>,
  code: status,
  message: RegExp | undefined = undefined,
): void => {
  it(`answers ${name} with ${status[code]}`, async () => {
    await unharmed(async (server) => {
      const answer = await send(server);
      expect(statusOf(answer), JSON.stringify(answer)).toBe(code);
      if (message !== undefined) expect(messageOf(answer)).toMatch(message);
    });
  });
};

const checkWith =
  (body: Uint8Array, headers: Record<string, string> = {}) =>
  (server: TestServer) =>
    call(session(server.port), path.check, body, headers);
const watchWith = (body: Uint8Array) => (server: TestServer) => call(session(server.port), path.watch, body);

describe("bad messages", () => {
  const whole = frame(request("model"));
  reject("a frame cut in its head", checkWith(whole.subarray(0, 3)), status.UNIMPLEMENTED, /no whole request/);
  reject("a frame cut in its message", checkWith(whole.subarray(0, 8)), status.UNIMPLEMENTED, /no whole request/);
  reject("a watch cut in its message", watchWith(whole.subarray(0, 8)), status.UNIMPLEMENTED, /no whole request/);
  reject("a message that ends inside a field", checkWith(frame(Buffer.from([0x0a, 9, 0x61]))), status.INTERNAL);
  reject("a name with invalid UTF-8", checkWith(frame(request(Buffer.from([0xc3, 0x28])))), status.INTERNAL);
  reject("random bytes", checkWith(frame(Buffer.alloc(100, 0xff))), status.INTERNAL);
  reject("an oversized message", checkWith(frame(request("x".repeat(17_000)))), status.RESOURCE_EXHAUSTED);
  const claim = Buffer.from([0, 0x7f, 0xff, 0xff, 0xff]);
  reject("a length of 2 GiB", checkWith(claim), status.RESOURCE_EXHAUSTED, /larger than max/);
  const bomb = gzipSync(Buffer.alloc(10_000_000));
  reject("a gzip bomb", checkWith(frame(bomb, true), { "grpc-encoding": "gzip" }), status.RESOURCE_EXHAUSTED);
  reject("gzip that is none", checkWith(frame(Buffer.from("?"), true), { "grpc-encoding": "gzip" }), status.INTERNAL);
  const unknownEncoding = { "grpc-encoding": "snappy" };
  reject("an unknown compression", checkWith(frame(request(), true), unknownEncoding), status.UNIMPLEMENTED, /snappy/);
  reject("a timeout that is none", checkWith(frame(request()), { "grpc-timeout": "soon" }), status.INTERNAL);
});

describe("bad names", () => {
  reject("a name of 10 kB", checkWith(frame(request("x".repeat(10_000)))), status.NOT_FOUND, /^.{64,200}$/);
  reject("a name of 10 kB of emoji", checkWith(frame(request("🧨".repeat(2_500)))), status.NOT_FOUND, /🧨…/);
  reject("a name with control characters", checkWith(frame(request("a\r\nb\0"))), status.NOT_FOUND, /a\r\nb/);
  reject(
    "an unknown method",
    (server) => call(session(server.port), "/grpc.health.v1.Health/Chekc", frame(request())),
    status.UNIMPLEMENTED,
  );
  reject("a strange method", (server) => call(session(server.port), "/%zz/é", frame(request())), status.UNIMPLEMENTED);

  it("watches a name of 10 kB like any other", async () => {
    await unharmed(async (server) => {
      const watcher = new Watcher(healthClient(server.address), "x".repeat(10_000));
      expect(await watcher.said(1)).toEqual(["SERVICE_UNKNOWN"]);
      watcher.cancel();
      await expect.poll(() => server.health.registry.watcherCount).toBe(1);
    });
  });
});

describe("bad HTTP", () => {
  it("answers a wrong content type with 415", async () => {
    await unharmed(async (server) => {
      const { headers } = await call(session(server.port), path.check, Buffer.from("{}"), {
        "content-type": "application/json",
      });
      expect(headers[":status"]).toBe(415);
    });
  });

  it.each([
    ["an HTTP/1.1 request", Buffer.from("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n")],
    ["a TLS hello", Buffer.concat([Buffer.from([0x16, 3, 1, 2, 0]), randomBytes(512)])],
    ["random bytes", randomBytes(4096)],
    ["random bytes after the preface", Buffer.concat([clientPreface, randomBytes(4096)])],
    ["a frame on stream 0", Buffer.concat([clientPreface, http2Frame(0, 1, 0, frame(request()))])],
    ["a frame over the limit", Buffer.concat([clientPreface, http2Frame(0, 0, 1, Buffer.alloc(100_000))])],
    ["headers that do not decode", Buffer.concat([clientPreface, http2Frame(1, 5, 1, Buffer.alloc(40, 0xff))])],
  ])("gives up a connection after %s", async (_name, bytes) => {
    await unharmed(async (server) => {
      const socket = rawConnection(server.port);
      socket.write(bytes);
      await givenUp(socket);
    });
  });

  // Node sends GOAWAY by itself in these cases, but leaves the connection open.
  it("closes the connection after GOAWAY, by keepalive", async () => {
    const server = await TestServer.start({ keepalive: { intervalMs: 20, timeoutMs: 20 } });
    const socket = rawConnection(server.port);
    socket.write(Buffer.concat([clientPreface, http2Frame(0, 1, 0, frame(request()))]));
    await closed(socket);
  });

  it("survives a connection that breaks in the middle of a request", async () => {
    await unharmed(async (server) => {
      const socket = rawConnection(server.port);
      await new Promise((resolve) =>
        socket.write(Buffer.concat([clientPreface, headersFrame(1, path.check), Buffer.from([0, 0])]), resolve),
      );
      socket.resetAndDestroy();
    });
  });

  it("lets a client hold streams open without a request, up to a limit for each connection", async () => {
    await unharmed(async (server) => {
      const client = session(server.port);
      await new Promise((resolve) => client.once("remoteSettings", resolve));
      expect(client.remoteSettings.maxConcurrentStreams).toBe(2048);
      for (let index = 0; index < 100; index += 1) open(client, path.watch).on("error", () => {});
      expect(statusOf(await call(client, path.check, frame(request())))).toBe(status.OK);
    });
  });
});

describe("compression", () => {
  it("reads a compressed request and never compresses the answer, even when the client would take it", async () => {
    const server = await TestServer.start();
    const answer = await call(session(server.port), path.check, frame(gzipSync(request("model")), true), {
      "grpc-encoding": "gzip",
      "grpc-accept-encoding": "gzip,deflate,identity",
      "accept-encoding": "gzip",
    });
    expect(statusOf(answer)).toBe(status.OK);
    expect(answer.headers["grpc-encoding"] ?? "identity").toBe("identity");
    expect(answer.headers["content-encoding"]).toBeUndefined();
    expect([...answer.body]).toEqual([0, 0, 0, 0, 2, 8, 2]);
  });

  it("does not compress List either, however long it is", async () => {
    const server = await TestServer.start();
    server.health.serve(...Array.from({ length: 200 }, (_, index) => `component-${index}`));
    const stream = open(session(server.port), path.list, { "grpc-accept-encoding": "gzip" });
    stream.end(frame(Buffer.alloc(0)));
    const answer = await reply(stream);
    expect(answer.body[0]).toBe(0);
    expect(answer.body.toString("latin1")).toContain("component-199");
  });
});
