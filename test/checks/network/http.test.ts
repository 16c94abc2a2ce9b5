import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import type { AddressInfo } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { formatConfigurationError, loadConfiguration } from "../../../src/config/load.js";
import { ManualClock } from "../../support/manual-clock.js";
import { createCheck, runOnce } from "../../support/run-check.js";

const servers: { close(): unknown; closeAllConnections?(): void }[] = [];
const directory = mkdtempSync(join(tmpdir(), "http-check-"));

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections?.();
    server.close();
  }
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const answerAny = (_request: unknown, response: { end(): unknown }): void => {
  response.end();
};

/** The origin of a new server that speaks HTTP/2 without TLS. */
async function serveHttp2(
  listener: (request: Http2ServerRequest, response: Http2ServerResponse) => void,
): Promise<string> {
  const server = createHttp2Server(listener);
  server.on("session", (session) => servers.push({ close: () => session.destroy() }));
  server.on("sessionError", () => {});
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The origin of a new server. */
async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answer =
  (status: number, body = "", headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    response.writeHead(status, headers).end(body);

const ask = (url: string, options: Record<string, unknown> = {}) => runOnce(createCheck("http", { url, ...options }));

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

describe("http check: status", () => {
  it("is healthy on any 2xx by default", async () => {
    const origin = await serve(answer(204));
    const result = await ask(`${origin}/ready`);
    expect(result).toMatchObject({ status: "healthy", readings: { responseSeconds: { ok: true } } });
    expect(result.message).toMatch(new RegExp(`^${origin}/ready answered 204 in [0-9.]+ ms$`));
  });

  it("says what came back instead, in one line", async () => {
    const origin = await serve(answer(503, "model\nis \u001b[1mloading\u0000"));
    expect(await ask(`${origin}/ready`)).toMatchObject({
      status: "unhealthy",
      reason: "unexpected_status",
      message: `${origin}/ready answered 503, expected 200-299: model is loading`,
    });
  });

  it.each([
    [200, 200, true],
    [201, 200, false],
    [404, "400-404", true],
    [405, ["400-404", 405], true],
    [406, ["400-404", "405"], false],
  ])("judges %d against %j", async (status, expected, isHealthy) => {
    const result = await ask(await serve(answer(status)), { expect: { status: expected } });
    expect(result.status).toBe(isHealthy ? "healthy" : "unhealthy");
  });
});

describe("http check: an answer that changes the protocol", () => {
  it.each([
    ["as asked for", "Connection: upgrade\r\nUpgrade: websocket\r\n"],
    ["without saying to what", ""],
  ])("is judged by its status: 101 %s", async (_how, headers) => {
    const server = createTcpServer((socket) => {
      socket
        .on("error", () => {})
        .once("data", () => socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n`));
    });
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    expect(await ask(url)).toMatchObject({
      status: "unhealthy",
      reason: "unexpected_status",
      message: `${url} answered 101, expected 200-299`,
    });
    expect(await ask(url, { expect: { status: 101 } })).toMatchObject({ status: "healthy" });
  });
});

describe("http check: request", () => {
  it("sends method, headers and body, with secrets from files read anew for each run", async () => {
    const seen: unknown[] = [];
    const origin = await serve(async (request, response) => {
      const { authorization, "x-api-key": key, "content-length": length } = request.headers;
      seen.push([request.method, authorization, key, length, await textOf(request)]);
      response.end();
    });
    const token = join(directory, "token");
    const check = createCheck("http", {
      url: origin,
      method: "POST",
      headers: { Authorization: `Bearer file:${token}`, "x-api-key": `file:${token}` },
      body: "{}",
    });
    writeFileSync(token, "first\n");
    expect(await runOnce(check)).toMatchObject({ status: "healthy" });
    writeFileSync(token, "second\n");
    await runOnce(check);
    expect(seen).toEqual([
      ["POST", "Bearer first", "first", "2", "{}"],
      ["POST", "Bearer second", "second", "2", "{}"],
    ]);
  });

  it("names the file of a secret that cannot be read, and never the secret", async () => {
    const origin = await serve(answer(200));
    const missing = await ask(origin, { headers: { authorization: "file:/nonexistent/token" } });
    expect(missing).toMatchObject({ status: "unhealthy", reason: "secret_unreadable" });
    expect(missing.message).toBe("the secret in /nonexistent/token cannot be read (ENOENT)");
    const lines = join(directory, "lines");
    writeFileSync(lines, "hunter2\nx-injected: yes");
    const injected = await ask(origin, { headers: { authorization: `file:${lines}` } });
    expect(injected.message).toBe(`the secret in ${lines} has several lines`);
  });

  it("shows neither the password nor the query of the URL", async () => {
    const origin = await serve((request, response) => {
      response.statusCode = request.headers.authorization === undefined ? 401 : 500;
      response.end();
    });
    const result = await ask(`${origin.replace("//", "//user:hunter2@")}/a?token=hunter3`);
    expect(result.message).toBe(`${origin}/a answered 500, expected 200-299`);
  });

  it("opens a connection for each run", async () => {
    const ports = new Set<number | undefined>();
    const origin = await serve((request, response) => {
      ports.add(request.socket.remotePort);
      response.end();
    });
    const check = createCheck("http", { url: origin });
    await runOnce(check);
    await runOnce(check);
    expect(ports.size).toBe(2);
  });
});

describe("http check: authorization", () => {
  const echo: RequestListener = (request, response) =>
    response.writeHead(401).end(`who is ${request.headers.authorization} with ${request.headers["x-api-key"]}?`);

  it("sends a token, or user and password", async () => {
    const origin = await serve((request, response) => {
      const isKnown = ["Bearer t0ken", `Basic ${btoa("alice:hunter2")}`].includes(request.headers.authorization ?? "");
      response.writeHead(isKnown ? 200 : 401).end();
    });
    expect(await ask(origin, { auth: { bearer: "t0ken" } })).toMatchObject({ status: "healthy" });
    expect(await ask(origin, { auth: { username: "alice", password: "hunter2" } })).toMatchObject({
      status: "healthy",
    });
    expect(await ask(origin, { auth: { bearer: "wrong" } })).toMatchObject({ reason: "unexpected_status" });
    expect(await ask(origin.replace("//", "//alice:hunter2@"))).toMatchObject({ status: "healthy" });
  });

  it.each([
    [{ auth: { bearer: "hunter2" } }],
    [{ auth: { username: "alice", password: "hunter2" } }],
    [{ headers: { "x-api-key": "hunter2", authorization: "Token hunter2" } }],
  ])("shows no secret that the answer repeats: %j", async (options) => {
    const result = JSON.stringify(await ask(await serve(echo), options));
    expect(result).toMatch(/who is (Token )?…/);
    expect(result).not.toContain("hunter2");
    expect(result).not.toContain(btoa("alice:hunter2"));
  });

  it("refuses a password that cannot be decoded", () =>
    expect(() => createCheck("http", { url: "http://a:%zz@b" })).toThrow("expected a URL"));

  it("refuses headers that HTTP/2 has no place for", () => {
    const options = { url: "http://a", headers: { Connection: "close" } };
    expect(() => createCheck("http", { ...options, http2: true })).toThrow("holds Connection, which HTTP/2 forbids");
    expect(() => createCheck("http", options)).not.toThrow();
  });

  it.each([
    "auth: { bearer: hunter2, username: a, password: hunter2 }",
    "auth: { username: 'a:b', password: hunter2 }",
    'headers: { x-key: "hunter2\\n" }',
    "headers: { 'x key': hunter2 }",
    "auth: { password: hunter2 }",
  ])("shows no secret in what is wrong with the configuration: %s", (line) => {
    const text = `checks: { a: { type: http, url: "http://a", ${line} } }\ncomponents: { c: { critical: [a] } }`;
    const loaded = loadConfiguration(text, "f.yaml", {});
    const errors = loaded.ok ? [] : loaded.errors.map(formatConfigurationError);
    expect(errors).not.toEqual([]);
    expect(errors.join()).not.toContain("hunter2");
  });

  it("refuses two authorizations, without showing either", () => {
    const options = { url: "http://a", auth: { bearer: "hunter2" }, headers: { Authorization: "hunter2" } };
    expect(() => createCheck("http", options)).toThrow("leave one out");
    expect(() => createCheck("http", options)).not.toThrow("hunter2");
  });
});

describe("http check: expectations", () => {
  it("looks into the body, beyond what a message quotes", async () => {
    const origin = await serve(answer(200, JSON.stringify({ filling: "x".repeat(100_000), state: "ready" })));
    const expected = { bodyContains: "ready", json: [{ path: "$.state", equals: "ready" }] };
    expect(await ask(origin, { expect: expected })).toMatchObject({ status: "healthy" });
    expect(await ask(origin, { expect: { json: [{ path: "$.state", equals: "up" }] } })).toMatchObject({
      status: "unhealthy",
      reason: "unexpected_body",
      message: `${origin}/ answered $.state: "ready", expected "up"`,
    });
  });

  it("is degraded by an answer that takes long", async () => {
    const clock = new ManualClock();
    const origin = await serve((_request, response) => {
      clock.advance(1500);
      response.end();
    });
    const check = createCheck("http", { url: origin, expect: { maxDuration: "1s" } }, clock);
    expect(await runOnce(check)).toEqual({
      status: "degraded",
      reason: "slow_response",
      message: `${origin}/ answered 200 in 1.5 s, expected at most 1 s`,
      readings: { responseSeconds: { ok: true, value: 1.5 } },
    });
  });
});

describe("http check: Unix sockets", () => {
  it.each([false, true])("asks through one, HTTP/2: %s", async (http2) => {
    const path = join(directory, `http-${http2}.sock`);
    const server = http2 ? createHttp2Server(answerAny) : createServer(answerAny);
    servers.push(server);
    server.listen(path);
    await once(server, "listening");
    const result = await ask("http://app/ready", { unixSocket: path, http2 });
    expect(result).toMatchObject({ status: "healthy" });
    expect(result.message).toMatch(/^http:\/\/app\/ready answered 200 in/);
    const missing = await ask("http://app/ready", { unixSocket: "/nonexistent.sock", http2 });
    expect(missing).toMatchObject({ status: "unhealthy", reason: "socket_not_found" });
  });
});

describe("http check: HTTP/2 with prior knowledge", () => {
  it("sends method, headers and body, and judges the body", async () => {
    const seen: unknown[] = [];
    const origin = await serveHttp2(async (request, response) => {
      const { authorization, ":authority": authority, "x-key": key } = request.headers;
      seen.push([request.httpVersion, request.method, request.url, authority, authorization, key]);
      seen.push(await textOf(request as unknown as IncomingMessage));
      response.end('{"state":"ready"}');
    });
    const result = await ask(`${origin.replace("//", "//a:b@")}/x?y=z`, {
      http2: true,
      method: "POST",
      headers: { Host: "model.example", "x-key": "1" },
      body: "{}",
      expect: { json: [{ path: "$.state", equals: "ready" }] },
    });
    expect(result).toMatchObject({ status: "healthy" });
    expect(seen).toEqual([["2.0", "POST", "/x?y=z", "model.example", `Basic ${btoa("a:b")}`, "1"], "{}"]);
  });

  it("follows redirects, and names a server that speaks HTTP/1.1 only", async () => {
    const origin = await serveHttp2((request, response) => {
      if (request.url === "/new") response.end();
      else response.writeHead(302, { location: "/new" }).end();
    });
    expect(await ask(origin, { http2: true })).toMatchObject({ status: "healthy" });
    const old = await ask(await serve(answer(200)), { http2: true });
    expect(old).toMatchObject({ status: "unhealthy", reason: "protocol_error" });
  });

  it("says how far it got at the deadline, and closes the connection", async () => {
    const deadline = new AbortController();
    const closed = new Promise<void>((resolve) => {
      void serveHttp2((request) => {
        request.stream.session?.once("close", resolve);
        deadline.abort();
      }).then(async (origin) => {
        const result = await runOnce(createCheck("http", { url: origin, http2: true }), deadline.signal);
        expect(result).toMatchObject({ status: "unhealthy", reason: "timeout" });
        expect(result.message).toContain("connected, but no answer after");
      });
    });
    await closed;
  });

  it("survives a connection that is broken off", async () => {
    const origin = await serveHttp2((request) => request.stream.session?.destroy());
    expect(await ask(origin, { http2: true })).toMatchObject({ status: "unhealthy", reason: "connection_reset" });
  });
});

describe("http check: redirects", () => {
  it("follows them by default", async () => {
    const origin = await serve((request, response) => {
      if (request.url === "/new") response.end();
      else response.writeHead(302, { location: "/new" }).end();
    });
    const result = await ask(`${origin}/old`);
    expect(result.status).toBe("healthy");
    expect(result.message).toContain(`${origin}/new answered 200`);
  });

  it("gives up on a loop", async () => {
    const origin = await serve(answer(307, "", { location: "/again" }));
    expect(await ask(origin)).toMatchObject({ status: "unhealthy", reason: "too_many_redirects" });
  });

  it("keeps credentials from other origins", async () => {
    const seen: unknown[] = [];
    const other = await serve((request, response) => {
      seen.push(request.headers.authorization, request.headers.cookie, request.headers["x-kept"]);
      response.end();
    });
    const origin = await serve(answer(308, "", { location: other }));
    await ask(origin, { headers: { authorization: "secret", cookie: "secret", "x-kept": "yes" } });
    expect(seen).toEqual([undefined, undefined, "yes"]);
  });

  it("turns POST into GET on 303, without the body", async () => {
    const seen: unknown[] = [];
    const origin = await serve(async (request, response) => {
      seen.push([request.method, request.headers["content-type"], await textOf(request)]);
      if (request.method === "POST") response.writeHead(303, { location: "/done" });
      response.end();
    });
    await ask(origin, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
    expect(seen).toEqual([
      ["POST", "application/json", "{}"],
      ["GET", undefined, ""],
    ]);
  });

  it("refuses them, or judges their own status, where that is asked for", async () => {
    const origin = await serve(answer(301, "", { location: "http://127.0.0.1:1/new?token=hunter2" }));
    const refused = await ask(origin, { redirect: "error" });
    expect(refused).toMatchObject({ status: "unhealthy", reason: "redirected" });
    expect(refused.message).toBe(`${origin}/ answered 301, a redirect to http://127.0.0.1:1/new`);
    expect(await ask(origin, { redirect: "manual", expect: { status: 301 } })).toMatchObject({ status: "healthy" });
  });

  it("does not leave HTTP", async () => {
    const origin = await serve(answer(302, "", { location: "file:///etc/passwd" }));
    expect(await ask(origin)).toMatchObject({ status: "unhealthy", reason: "invalid_redirect" });
  });
});

describe("http check: failures", () => {
  it("names a refused connection and where", async () => {
    const origin = await serve(answer(200));
    const [server] = servers.splice(0);
    await new Promise((resolve) => (server as Server).close(resolve));
    const result = await ask(`${origin}/ready`);
    expect(result).toMatchObject({ status: "unhealthy", reason: "connection_refused" });
    expect(result.message).toMatch(new RegExp(`^${origin}/ready: the connection was refused after `));
  });

  it("names an answer that is not HTTP", async () => {
    const server = createTcpServer((socket) => socket.on("error", () => {}).end("SSH-2.0-OpenSSH_9.2\r\n"));
    servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const result = await ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect(result).toMatchObject({ status: "unhealthy", reason: "protocol_error" });
  });

  it("names a server that speaks no TLS", async () => {
    const origin = await serve(answer(200));
    const result = await ask(origin.replace("http:", "https:"));
    expect(result).toMatchObject({ status: "unhealthy", reason: "tls_failed" });
  });

  it("does not read an endless body to its end", async () => {
    const origin = await serve((_request, response) => {
      const write = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, "x")));
        response.once("drain", write);
      };
      write();
    });
    expect(await ask(origin)).toMatchObject({ status: "healthy" });
  });

  it("says how far it got at the deadline, and closes the connection", async () => {
    const deadline = new AbortController();
    const origin = await serve((request) => {
      request.socket.once("close", () => closed());
      deadline.abort();
    });
    let closed = () => {};
    const isClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const result = await runOnce(createCheck("http", { url: origin }), deadline.signal);
    expect(result).toMatchObject({ status: "unhealthy", reason: "timeout" });
    expect(result.message).toMatch(new RegExp(`^${origin}/: connected, but no answer after `));
    await isClosed;
  });

  it("says that the body did not end", async () => {
    const deadline = new AbortController();
    const origin = await serve((_request, response) => {
      response.writeHead(200, { "content-length": "10" }).write("12345", () => setImmediate(() => deadline.abort()));
    });
    const result = await runOnce(createCheck("http", { url: origin }), deadline.signal);
    expect(result.reason).toBe("timeout");
  });
});
