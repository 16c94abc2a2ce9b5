import { connect as connectTcp, type Socket } from "node:net";
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { Bystander } from "./support/bystander.js";
import { quickGpus } from "./support/configurations.js";
import { eventually } from "./support/eventually.js";
import { FreezingProxy } from "./support/freezing-proxy.js";
import { get, request } from "./support/http.js";
import { type Server, startServingServer } from "./support/program.js";
import { connectRaw, frame, healthCheckRequest, servingStatus, statusesIn } from "./support/raw-grpc.js";
import { Watcher } from "./support/watcher.js";

const grpcStatus = { ok: 0, invalidArgument: 3, notFound: 5, resourceExhausted: 8, unimplemented: 12, internal: 13 };
const { serving, notServing } = servingStatus;

let server: Server;
let bystander: Bystander;

beforeAll(async () => {
  // The timeout is far above what a busy machine delays the answers of clients that are alive.
  const config = quickGpus.replace("gpu:", "grpc: { keepalive: { interval: 1s, timeout: 5s } }\ngpu:");
  server = await startServingServer({ config, simulate: "h200x1" });
});

beforeEach(() => {
  bystander = new Bystander(server.grpc, "gpu/0");
});

afterEach(async () => {
  const answeredBefore = bystander.answered;
  await eventually(() => expect(bystander.answered).toBeGreaterThan(answeredBefore));
  expect(await bystander.stop()).toEqual([]);
});

describe("a gRPC request that is not one", () => {
  const call = (bytes: Buffer, headers?: Readonly<Record<string, string>>, method = "Check") =>
    connectRaw(server.grpc).call(method, bytes, headers);

  it("is refused when its frame is cut short", async () => {
    const whole = frame(healthCheckRequest("inference"));
    for (const bytes of [whole.subarray(0, 3), whole.subarray(0, 5), whole.subarray(0, -1)]) {
      const { grpcStatus: status, error } = await call(bytes);
      expect(status !== grpcStatus.ok || error !== undefined, `${bytes.length} bytes: ${status}`).toBe(true);
    }
  });

  it("is refused when it has no message at all", async () => {
    expect((await call(Buffer.alloc(0))).grpcStatus).not.toBe(grpcStatus.ok);
  });

  it("is refused when the message is too large", async () => {
    const { grpcStatus: status, error } = await call(frame(Buffer.alloc(8 * 1024 * 1024)));
    expect(error === undefined ? status : grpcStatus.resourceExhausted).toBe(grpcStatus.resourceExhausted);
  });

  it("is refused when the frame promises 4 GiB", async () => {
    const { grpcStatus: status } = await call(Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3]));
    expect(status).not.toBe(grpcStatus.ok);
  });

  it("is refused when the message is no protobuf", async () => {
    expect((await call(frame(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff])))).grpcStatus).not.toBe(grpcStatus.ok);
  });

  it("is refused when the bytes say compressed and are not", async () => {
    const lie = frame(healthCheckRequest("inference"), { compressed: true });
    expect((await call(lie, { "grpc-encoding": "gzip" })).grpcStatus).not.toBe(grpcStatus.ok);
  });

  it("is refused when its content type is another", async () => {
    const answer = await call(frame(healthCheckRequest("inference")), { "content-type": "application/json" });
    expect(answer.httpStatus).toBe(415);
  });

  it("is UNIMPLEMENTED when the method is unknown", async () => {
    expect((await call(frame(Buffer.alloc(0)), {}, "Heal")).grpcStatus).toBe(grpcStatus.unimplemented);
  });
});

describe("a name that nobody serves", () => {
  const check = async (name: Buffer | string) =>
    (await connectRaw(server.grpc).call("Check", frame(healthCheckRequest(name)))).grpcStatus;

  it("is NOT_FOUND when it is 10 kB long", async () => {
    expect(await check("x".repeat(10_000))).toBe(grpcStatus.notFound);
  });

  it("is refused when it is no UTF-8", async () => {
    expect([grpcStatus.notFound, grpcStatus.invalidArgument, grpcStatus.internal]).toContain(
      await check(Buffer.from([0xc3, 0x28, 0xff, 0xfe])),
    );
  });

  it("is NOT_FOUND when it is a name that every object has", async () => {
    for (const name of ["__proto__", "constructor", "toString"])
      expect(await check(name), name).toBe(grpcStatus.notFound);
  });
});

describe("bytes of another protocol", () => {
  it("HTTP/1 on the gRPC port closes that connection only", async () => {
    await sendUntilClosed(server.grpc, "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n");
  });

  it("garbage on the gRPC port closes that connection only", async () => {
    await sendUntilClosed(server.grpc, Buffer.alloc(4096, 0x5a));
  });

  it("an HTTP/2 preface on the HTTP port is a bad request", async () => {
    const answer = await sendUntilClosed(server.http, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    expect(answer).toMatch(/^(HTTP\/1\.1 400 |$)/);
    expect((await get(server.http, "/readyz")).status).toBe(200);
  });

  it("garbage on the HTTP port is a bad request", async () => {
    expect(await sendUntilClosed(server.http, "\u0000\u0001\u0002\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
    expect((await get(server.http, "/readyz")).status).toBe(200);
  });

  it("a path with broken escapes is no server error", async () => {
    const answer = await sendUntilClosed(server.http, "GET /%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
  });
});

describe("connections that say nothing", () => {
  it("do not keep others from being served, 200 on each port", async () => {
    const silent: Socket[] = [];
    for (let opened = 0; opened < 200; opened += 1) silent.push(await open(server.grpc), await open(server.http));
    expect((await get(server.http, "/readyz")).status).toBe(200);
    const { body } = await connectRaw(server.grpc).call("Check", frame(healthCheckRequest("inference")));
    expect(statusesIn(body)).toEqual([serving]);
    for (const socket of silent) socket.destroy();
  });

  it("are closed when a watcher's peer is dead: keepalive finds it", async () => {
    const proxy = new FreezingProxy();
    const watch = connectRaw(await proxy.listen(server.grpc)).open("Watch");
    watch.end(frame(healthCheckRequest("gpu/0")));
    await new Promise((resolve) => watch.once("data", resolve));
    proxy.freeze();
    await proxy.closedByServer;
    // Of the bystander alone.
    await eventually(async () => expect((await get(server.http, "/metrics")).text).toMatch(/^gpu_health_watchers 1$/m));
  });
});

describe("a watcher that never reads", () => {
  it("is owed the newest status only, however often it changes", async () => {
    onTestFinished(async () => {
      await request(server.admin, "POST", "/admin/undrain");
    });
    // With a window of 0 the server may not send a single byte of any message.
    const stalled = connectRaw(server.grpc, 0);
    const watch = stalled.open("Watch");
    watch.end(frame(healthCheckRequest("readiness")));
    const reading = new Watcher(server.grpc, "readiness");
    await eventually(() => expect(reading.statuses).toEqual([serving]));

    for (let flap = 0; flap < 200; flap += 1) {
      await request(server.admin, "POST", "/admin/drain");
      await request(server.admin, "POST", "/admin/undrain");
    }
    await request(server.admin, "POST", "/admin/drain");
    // The watcher that reads is sent nearly every change; news may overtake each other on a busy machine.
    await eventually(() => expect(reading.statuses.at(-1)).toBe(notServing));
    expect(reading.statuses.length).toBeGreaterThan(20);

    const late: Buffer[] = [];
    watch.on("data", (bytes: Buffer) => late.push(bytes));
    stalled.session.settings({ initialWindowSize: 65_535 });
    await eventually(() => expect(statusesIn(Buffer.concat(late)).at(-1)).toBe(notServing));
    // One message that was being sent when the watcher stalled, and the newest.
    expect(statusesIn(Buffer.concat(late)).length).toBeLessThanOrEqual(2);
  });
});

describe("more watchers than allowed", () => {
  it("are refused until one of the others has gone", async () => {
    const config = `grpc: { maxWatchers: 2 }\ngpu: { mode: off }\n`;
    const small = await startServingServer({ config });
    const watchers = ["", "readiness"].map((service) => new Watcher(small.grpc, service));
    await eventually(() => expect(watchers.map(({ statuses }) => statuses)).toEqual([[serving], [serving]]));
    expect((await new Watcher(small.grpc, "liveness").end).grpcStatus).toBe(grpcStatus.resourceExhausted);

    watchers[0]?.cancel();
    await eventually(async () => {
      const next = new Watcher(small.grpc, "liveness");
      await eventually(() => expect(next.statuses).toEqual([serving]), 1000);
    });
    await small.kill();
  });
});

describe("an answer", () => {
  it("is never compressed, even for a client that would like it", async () => {
    const { headers, body } = await connectRaw(server.grpc).call("Check", frame(healthCheckRequest("inference")), {
      "grpc-accept-encoding": "gzip,deflate,identity",
    });
    expect(headers["grpc-encoding"] ?? "identity").toBe("identity");
    expect(body[0]).toBe(0);
    expect(statusesIn(body)).toEqual([serving]);
  });
});

function open(address: string): Promise<Socket> {
  const [host, port] = address.split(":");
  return new Promise((resolve, reject) => {
    const socket = connectTcp(Number(port), host, () => resolve(socket));
    socket.on("error", reject);
  });
}

/** Sends bytes and gives all that comes back until the server closes the connection. */
async function sendUntilClosed(address: string, bytes: Buffer | string): Promise<string> {
  const socket = await open(address);
  let received = "";
  socket.setEncoding("latin1").on("data", (text: string) => {
    received += text;
  });
  socket.removeAllListeners("error").on("error", () => {});
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write(bytes);
  await closed;
  return received;
}
