import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { discover } from "../../../src/cli/discovery/discover.js";
import {
  type Identify,
  identifyEtcd,
  identifyMilvus,
  identifyMinio,
  identifyModelServer,
  identifyPostgres,
  identifyRedis,
} from "../../../src/cli/discovery/identify.js";
import * as wire from "../../checks/services/model-servers.js";
import { type Routes, WireServer } from "../../support/wire-server.js";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const portOf = (origin: string): number => Number(new URL(origin).port);

async function identified(routes: Routes, identify: Identify = identifyModelServer) {
  return identify(portOf(await new WireServer(routes).listen()));
}

/** A server that answers the first bytes with others. */
async function speaking(answer: (said: Buffer) => string | undefined): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.on("data", (said) => {
      const text = answer(said);
      if (text !== undefined) socket.write(text);
    });
  });
  closers.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

describe("a model server", () => {
  const list = (owner: string) => ({ "GET /v1/models": { body: { data: [{ id: "m", owned_by: owner }] } } });
  const index = [
    { name: "resnet", version: "3", state: "READY" },
    { name: "broken", state: "UNAVAILABLE" },
  ];

  it.each([
    ["vLLM", wire.vllm, "vllm", 'model: "llama"'],
    ["SGLang", list("sglang"), "sglang", 'model: "m"'],
    ["TGI", { ...wire.tgi, ...list("bigscience") }, "tgi", 'model: "bigscience/bloom-560m"'],
    ["KServe", wire.kserve, "kserve", "server: kserve"],
    ["TorchServe", wire.torchserve, "torchserve", "server: torchserve"],
    ["Ollama", list("library"), "llm", 'model: "m"'],
    [
      "Triton with one model",
      { ...wire.triton, "POST /v2/repository/index": { body: index } },
      "triton",
      'model: "resnet"',
    ],
    ["Triton with many", wire.triton, "triton", expect.stringMatching(/^# model: /)],
  ])("is known: %s", async (_what, routes, name, option) => {
    const block = await identified(routes as Routes);
    expect(block?.name).toBe(name);
    expect(block?.options).toContainEqual(option);
  });

  it.each([
    ["nothing", {}],
    [
      "a page for everything",
      { "GET /v1/models": { body: "<html>" }, "GET /v2": { body: "<html>" }, "GET /ping": { body: "pong" } },
    ],
    ["an API of another kind", { "GET /info": { body: { name: "x" } }, "GET /ping": { body: { status: "ok" } } }],
  ])("is not %s", async (_what, routes) => {
    expect(await identified(routes)).toBeUndefined();
  });
});

describe("stores", () => {
  it("are known by what they answer", async () => {
    expect(await identified({ "GET /health": { body: { health: "true", reason: "" } } }, identifyEtcd)).toMatchObject({
      name: "etcd",
    });
    expect(await identified({ "GET /minio/health/live": { body: "" } }, identifyMinio)).toMatchObject({
      name: "object-store",
    });
    const health = portOf(await new WireServer({ "GET /healthz": { body: "OK" } }).listen());
    const own = await speaking(() => undefined);
    expect(await identifyMilvus(health)(own)).toMatchObject({ name: "milvus" });
    expect(await identifyMilvus(own)(health)).toBeUndefined();
  });

  it.each(["+PONG\r\n", "-NOAUTH Authentication required.\r\n"])("Redis answers %j", async (answer) => {
    const port = await speaking((said) => (said.toString() === "PING\r\n" ? answer : undefined));
    expect(await identifyRedis(port)).toMatchObject({ name: "cache" });
  });

  it.each([
    ["S", true],
    ["N", true],
    ["HTTP/1.1 400 Bad Request\r\n\r\n", false],
  ])("PostgreSQL answers a request for TLS with one letter: %j", async (answer, isKnown) => {
    const port = await speaking((said) => (said.readInt32BE(4) === 80_877_103 ? answer : undefined));
    expect((await identifyPostgres(port))?.name).toBe(isKnown ? "postgres" : undefined);
  });

  it("are none where nothing listens, or where nobody answers within a second", async () => {
    const silent = await speaking(() => undefined);
    const free = await new WireServer({}).listen().then(portOf);
    const kinds = ["model server", "etcd", "MinIO", "Redis", "PostgreSQL"] as const;
    expect(await discover(kinds.flatMap((kind) => [silent, free].map((port) => ({ kind, port }))))).toEqual([]);
  });
});
