import { getEventListeners, once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { a, DnsServer } from "../../support/dns-server.js";
import { HealthServer } from "../../support/health-server.js";
import { createCheck, runOnce } from "../../support/run-check.js";

/** Open files, timers and sockets: what the test runner itself has changes by a few. */
const held = (): number => readdirSync("/proc/self/fd").length + process.getActiveResourcesInfo().length;
const runnersOwn = 10;
const runs = 200;

const closers: (() => unknown)[] = [];
let http = "";
let http2 = "";
let silent = "";
/** Called when the silent server has a connection, or the silent DNS server a question. */
let onSilence = () => {};
let dns: DnsServer;
let silentDns: DnsServer;
let grpc: HealthServer;

async function listen(server: Server): Promise<string> {
  closers.push(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  http = await listen(createHttpServer((_request, response) => response.end()));
  http2 = await listen(createHttp2Server((_request, response) => response.end()) as unknown as Server);
  silent = await listen(createServer((socket) => socket.on("error", () => {}) && onSilence()));
  dns = await new DnsServer(() => [a("10.0.0.1")]).listen();
  silentDns = await new DnsServer(() => {
    onSilence();
    return "silence";
  }).listen();
  grpc = await new HealthServer().listen();
  closers.push(
    () => dns.close(),
    () => silentDns.close(),
    () => grpc.stop(),
  );
});
afterAll(() => Promise.all(closers.map((close) => close())));

async function leavesNothing(type: string, options: unknown, run: (check: ReturnType<typeof createCheck>) => unknown) {
  const check = createCheck(type, options);
  await run(check);
  const before = held();
  for (let index = 0; index < runs; index += 1) await run(check);
  await check.stop?.();
  await expect.poll(held, { timeout: 4000 }).toBeLessThanOrEqual(before + runnersOwn);
}

describe("hundreds of runs leave nothing behind", () => {
  it.each([
    ["http", () => ({ url: `http://${http}` })],
    ["http", () => ({ url: `http://${http2}`, http2: true })],
    ["tcp", () => ({ address: http })],
    ["tls", () => ({ address: http })],
    ["grpc", () => ({ address: grpc.address })],
    ["dns", () => ({ name: "a.example", server: dns.address })],
  ])("%s, answered", async (type, options) => {
    const { signal } = new AbortController();
    await leavesNothing(type, options(), (check) => runOnce(check, signal));
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it.each([
    ["http", () => ({ url: `http://${silent}` })],
    ["http", () => ({ url: `https://${silent}` })],
    ["http", () => ({ url: `http://${silent}`, http2: true })],
    ["tls", () => ({ address: silent })],
    ["grpc", () => ({ address: silent })],
    ["dns", () => ({ name: "a.example", server: silentDns.address })],
  ])("%s, never answered", async (type, options) => {
    await leavesNothing(type, options(), async (check) => {
      const deadline = new AbortController();
      onSilence = () => deadline.abort();
      expect(await runOnce(check, deadline.signal)).toMatchObject({ status: "unhealthy", reason: "timeout" });
      expect(getEventListeners(deadline.signal, "abort")).toHaveLength(0);
    });
  });
});
