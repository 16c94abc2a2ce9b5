import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServerCredentials } from "@grpc/grpc-js";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { describeWith } from "../../e2e/support/tools.js";
import { type Certificate, Certificates } from "../../support/certificates.js";
import { HealthServer, type HealthServerOptions } from "../../support/health-server.js";
import { createCheck, runOnce } from "../../support/run-check.js";

const stops: (() => unknown)[] = [];
const directory = mkdtempSync(join(tmpdir(), "grpc-check-"));

afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function serve(options?: HealthServerOptions): Promise<HealthServer> {
  const server = await new HealthServer().listen(options);
  stops.push(() => server.stop());
  return server;
}

async function listen(server: Server): Promise<string> {
  stops.push(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const check = (address: string, options: Record<string, unknown> = {}, signal?: AbortSignal) =>
  runOnce(createCheck("grpc", { address, ...options }), signal);

describe("grpc check", () => {
  it("is healthy where the server says SERVING", async () => {
    const server = await serve();
    const result = await check(server.address);
    expect(result).toMatchObject({
      status: "healthy",
      reason: "ok",
      readings: { responseSeconds: { ok: true } },
      metadata: { servingStatus: "SERVING" },
    });
    expect(result.message).toMatch(new RegExp(`^${server.address} says SERVING of the whole server, in [0-9.]+ ms$`));
  });

  it("asks for one service, with its metadata and authority", async () => {
    const server = await serve();
    server.set("inference", "SERVING");
    const token = join(directory, "token");
    writeFileSync(token, "t0ken\n");
    const result = await check(server.address, {
      service: "inference",
      metadata: { Authorization: `Bearer file:${token}` },
      authority: "models.example",
    });
    expect(result).toMatchObject({ status: "healthy" });
    expect(server.checks).toMatchObject([{ authorization: "Bearer t0ken", ":authority": "models.example" }]);
  });

  it.each([
    ["NOT_SERVING", "not_serving"],
    ["UNKNOWN", "status_unknown"],
    ["SERVICE_UNKNOWN", "service_not_found"],
  ] as const)("is unhealthy at %s", async (status, reason) => {
    const server = await serve();
    server.set("a", status);
    const result = await check(server.address, { service: "a" });
    expect(result).toMatchObject({ status: "unhealthy", reason, message: `${server.address} says ${status} of "a"` });
    expect(result.remedy).not.toBe("");
    expect(result.immediate).toBeUndefined();
  });

  it("tells a name that is not registered from a service that is not there", async () => {
    const server = await serve();
    expect(await check(server.address, { service: "b" })).toMatchObject({
      status: "unhealthy",
      reason: "service_not_found",
      message: `${server.address} answered NOT_FOUND for "b": unknown service`,
    });
    const other = await listen(grpcServer((stream) => endWith(stream, 12, "no%20such%20method")));
    expect(await check(other)).toMatchObject({
      status: "unhealthy",
      reason: "health_service_missing",
      message: `${other} answered UNIMPLEMENTED for the whole server: no such method`,
    });
  });

  it.each([
    [16, "authentication_failed", "UNAUTHENTICATED"],
    [7, "permission_denied", "PERMISSION_DENIED"],
    [14, "unavailable", "UNAVAILABLE"],
    [4, "timeout", "DEADLINE_EXCEEDED"],
    [13, "rpc_failed", "INTERNAL"],
    [99, "rpc_failed", "status 99"],
  ])("is unhealthy at status %d, without the secrets that it repeats", async (code, reason, name) => {
    const address = await listen(grpcServer((stream) => endWith(stream, code, "who is hunter2?")));
    const result = await check(address, { metadata: { "x-key": "hunter2" } });
    expect(result).toMatchObject({ status: "unhealthy", reason });
    expect(result.message).toBe(`${address} answered ${name} for the whole server: who is …?`);
  });

  it("connects to Unix sockets", async () => {
    const address = `unix:${join(directory, "health.sock")}`;
    await serve({ address });
    expect(await check(address)).toMatchObject({ status: "healthy" });
    expect(await check("unix:/nonexistent.sock")).toMatchObject({ reason: "socket_not_found" });
  });

  it("names what is no gRPC server", async () => {
    const http = await listen(createHttpServer((_request, response) => response.end("hello")));
    expect(await check(http)).toMatchObject({ status: "unhealthy", reason: "protocol_error" });
    const page = await listen(
      grpcServer((stream) => {
        stream.respond({ ":status": 200, "content-type": "text/html" });
        stream.end("<html>");
      }),
    );
    expect(await check(page)).toMatchObject({
      reason: "not_grpc",
      message: `${page} does not answer as a gRPC server: its answer is no gRPC`,
    });
    const missing = await listen(grpcServer((stream) => stream.respond({ ":status": 404 }, { endStream: true })));
    expect((await check(missing)).message).toContain("HTTP status 404");
  });

  it.each([
    ["compressed", Buffer.from([1, 0, 0, 0, 2, 8, 1])],
    ["endless", Buffer.from([0, 255, 255, 255, 255, 8, 1])],
  ])("refuses a message that is %s", async (_what, bytes) => {
    const address = await listen(
      grpcServer((stream) => {
        stream.respond({ ":status": 200, "content-type": "application/grpc" });
        stream.write(bytes);
      }),
    );
    expect(await check(address)).toMatchObject({ status: "unhealthy", reason: "not_grpc" });
  });

  it("takes a message in pieces, and none at all as a fault", async () => {
    const address = await listen(
      grpcServer((stream) => {
        stream.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
        stream.write(Buffer.from([0, 0, 0]));
        setImmediate(() => stream.end(Buffer.from([0, 2, 8, 1])));
      }),
    );
    expect(await check(address)).toMatchObject({ status: "healthy" });
    const empty = await listen(grpcServer((stream) => endWith(stream, 0, "")));
    expect(await check(empty)).toMatchObject({ status: "unhealthy", reason: "rpc_failed" });
  });

  it("names a refused connection, one that breaks and one that says nothing", async () => {
    const server = await serve();
    server.stop();
    expect(await check(server.address)).toMatchObject({ status: "unhealthy", reason: "connection_refused" });
    const broken = await listen(grpcServer((stream) => stream.session?.destroy()));
    expect(await check(broken)).toMatchObject({ status: "unhealthy", reason: "connection_reset" });
    const deadline = new AbortController();
    const silent = await listen(
      createTcpServer((socket) => {
        socket.on("error", () => {}).once("data", () => deadline.abort());
        stops.push(() => socket.destroy());
      }),
    );
    const result = await check(silent, {}, deadline.signal);
    expect(result).toMatchObject({ status: "unhealthy", reason: "timeout" });
    expect(result.message).toContain(`${silent}: connected, but no answer after`);
  });

  it("tells the server how long it waits", async () => {
    const server = await serve();
    await check(server.address);
    // grpc-js takes the header out of the metadata; that it understood it shows in that it answered at all.
    const seen: unknown[] = [];
    const address = await listen(
      grpcServer((stream, headers) => {
        seen.push(headers["grpc-timeout"]);
        endWith(stream, 14, "");
      }),
    );
    await check(address);
    expect(seen).toEqual(["5000m"]);
  });

  it("refuses metadata that gRPC sets itself, without showing its value", () => {
    const parse = (metadata: unknown) => () => createCheck("grpc", { address: "a:1", metadata });
    expect(parse({ "grpc-timeout": "hunter2" })).toThrow("not a valid header");
    expect(parse({ ":path": "hunter2" })).toThrow("not a valid header");
    expect(parse({ "x-a": "hunter2\n" })).not.toThrow("hunter2");
  });
});

describeWith(["openssl"], "grpc check: TLS", () => {
  let certificates: Certificates;
  let root: Certificate;
  let credentials: ServerCredentials;

  beforeAll(() => {
    certificates = new Certificates();
    root = certificates.authority("root");
    const { cert, key } = certificates.issue({ name: "server", issuer: root });
    const pair = { cert_chain: readFileSync(cert), private_key: readFileSync(key) };
    credentials = ServerCredentials.createSsl(readFileSync(root.cert), [pair], true);
  });
  afterAll(() => certificates.remove());

  it("trusts, and is trusted", async () => {
    const { address } = await serve({ credentials });
    const client = certificates.issue({ name: "client", issuer: root });
    expect(await check(address, { tls: { ca: root.cert, ...client } })).toMatchObject({ status: "healthy" });
    expect(await check(address, { tls: { verify: false, ...client } })).toMatchObject({ status: "healthy" });
    expect(await check(address, { tls: client })).toMatchObject({ reason: "certificate_untrusted" });
    expect((await check(address, { tls: { ca: root.cert } })).status).toBe("unhealthy");
    expect((await check(address)).status).toBe("unhealthy");
  });

  it("names a server that speaks no TLS", async () => {
    const { address } = await serve();
    expect(await check(address, { tls: {} })).toMatchObject({ status: "unhealthy", reason: "tls_failed" });
  });
});

function grpcServer(answer: (stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>) => void): Server {
  const server = createHttp2Server();
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    answer(stream, headers);
  });
  server.on("session", (session) => {
    session.on("error", () => {});
    stops.push(() => session.destroy());
  });
  return server as unknown as Server;
}

const endWith = (stream: ServerHttp2Stream, code: number, message: string): void =>
  stream.respond(
    { ":status": 200, "content-type": "application/grpc", "grpc-status": `${code}`, "grpc-message": message },
    { endStream: true },
  );
