import { type AddressInfo, createServer } from "node:net";
import { describe, expect, it } from "vitest";
import type { Check } from "../../../src/core/check.js";
import type { Result } from "../../../src/core/result.js";
import { ManualClock } from "../../support/manual-clock.js";
import { createCheck, runOnce } from "../../support/run-check.js";
import { type Routes, type WireAnswer, WireServer } from "../../support/wire-server.js";
import * as wire from "./model-servers.js";

async function start(server: string, routes: Routes, options: Record<string, unknown> = {}) {
  const fake = new WireServer(routes);
  const url = await fake.listen();
  const clock = new ManualClock();
  const metricsUrl = `${url}/metrics`;
  const check = createCheck("model", { server, url, metricsUrl, ...options }, clock);
  return { fake, url, clock, check, ask: () => runOnce(check) };
}

const metrics = (text: string): Routes => ({ "GET /metrics": { body: text } });

/** Lets the deadline pass for a run that waits for an answer to `route`. */
async function late(check: Check, clock: ManualClock, fake: WireServer, route: string): Promise<Result> {
  const before = fake.count(route);
  const result = runOnce(check);
  while (fake.count(route) === before) await new Promise(setImmediate);
  clock.advance(4000);
  return result;
}

describe("model check: ready, with the model loaded", () => {
  it.each([
    [
      "triton",
      wire.triton,
      { model: "resnet", version: "3" },
      "Triton is ready with resnet version 3",
      { serverVersion: "2.61.0" },
    ],
    ["triton", wire.triton, {}, "Triton is ready", { serverVersion: "2.61.0" }],
    ["kserve", wire.kserve, { model: "iris" }, "KServe is ready with iris", { serverVersion: "0.16.0" }],
    [
      "vllm",
      wire.vllm,
      { model: "llama-sql" },
      "vLLM is ready with llama-sql",
      { serverVersion: "0.11.2", model: "llama-sql" },
    ],
    ["vllm", wire.vllm, {}, "vLLM is ready", { model: "llama" }],
    [
      "tgi",
      wire.tgi,
      { model: "bigscience/bloom-560m", version: "e985a63" },
      "TGI is ready with bigscience/bloom-560m version e985a63",
      { serverVersion: "3.3.6", modelVersion: "e985a63" },
    ],
    ["sglang", wire.sglang, { model: "qwen" }, "SGLang is ready with qwen", { model: "qwen" }],
    ["torchserve", wire.torchserve, {}, "TorchServe is ready", { server: "torchserve" }],
  ])("%s", async (server, routes, options, message, metadata) => {
    const { ask } = await start(server, routes, options);
    expect(await ask()).toMatchObject({ status: "healthy", reason: "ok", message, metadata: { server, ...metadata } });
  });

  it.each([
    ["triton", wire.triton, { model: "broken" }, "/v2/models/broken/ready answered 400, so model broken is not ready"],
    [
      "triton",
      wire.triton,
      { model: "gone" },
      "/v2/models/gone/ready answered 404, so model gone is not ready: 404 page not found",
    ],
    [
      "kserve",
      wire.kserve,
      { model: "broken" },
      '/v2/models/broken/ready answered 200, so model broken is not ready: {"name":"broken","ready":false}',
    ],
    ["vllm", wire.vllm, { model: "mistral" }, "/v1/models lists llama, llama-sql, mistral expected"],
    ["sglang", { ...wire.sglang, "GET /v1/models": { body: { data: [] } } }, {}, "/v1/models lists no model"],
    [
      "tgi",
      wire.tgi,
      { version: "beef" },
      "/info serves bigscience/bloom-560m (e985a63), bigscience/bloom-560m (beef) expected",
    ],
  ])("%s without the model", async (server, routes, options, message) => {
    const { ask, url } = await start(server, routes as Routes, options);
    expect(await ask()).toMatchObject({ status: "unhealthy", reason: "model_not_loaded", message: `${url}${message}` });
  });

  it.each([
    ["triton", "/v2/health/ready", { status: 400, body: "" }],
    ["vllm", "/health", { status: 503, body: "" }],
    ["tgi", "/health", { status: 503, body: { error: "unhealthy", error_type: "healthcheck" } }],
    ["sglang", "/health", { status: 503, body: "" }],
    ["torchserve", "/ping", { status: 500, body: { status: "Unhealthy" } }],
  ])("%s that is not ready", async (server, path, answer) => {
    const { ask } = await start(server, { [`GET ${path}`]: answer });
    const message = expect.stringContaining(`${path} answered ${answer.status}, so `);
    expect(await ask()).toMatchObject({ status: "unhealthy", reason: "not_ready", message });
  });
});

describe("model check: TorchServe's workers", () => {
  it.each([
    [2, 1, "healthy", "ok"],
    [1, 1, "degraded", "workers_missing"],
    [0, 1, "unhealthy", "no_workers"],
  ])("%d of 2 ready", async (ready, pending, status, reason) => {
    const management = new WireServer(wire.torchserveManagement(ready, pending));
    const managementUrl = await management.listen();
    const options = { model: "densenet161", version: "1.0", managementUrl };
    const { ask } = await start("torchserve", { ...wire.torchserve, ...metrics(wire.torchserveMetrics(5)) }, options);
    expect(await ask()).toMatchObject({
      status,
      reason,
      readings: { waitingRequests: { ok: true, value: pending } },
      metadata: { model: "densenet161", modelVersion: "1.0", readyWorkers: ready },
    });
  });

  it("names a model that is not there", async () => {
    const gone = { code: 404, type: "ModelNotFoundException", message: "Model not found: x" };
    const management = new WireServer({ "GET /models/x": { status: 404, body: gone } });
    const { ask } = await start("torchserve", wire.torchserve, {
      model: "x",
      managementUrl: await management.listen(),
    });
    expect(await ask()).toMatchObject({
      reason: "model_not_loaded",
      message: expect.stringContaining("Model not found: x"),
    });
  });
});

describe("model check: canary", () => {
  it.each([
    ["vllm", wire.vllm, {}, "POST /v1/completions", { model: "llama", prompt: "1", max_tokens: 1, temperature: 0 }],
    ["tgi", wire.tgi, {}, "POST /generate", { inputs: "1", parameters: { max_new_tokens: 1 } }],
    ["sglang", wire.sglang, {}, "GET /health_generate", undefined],
    [
      "triton",
      wire.triton,
      { model: "resnet" },
      "POST /v2/models/resnet/infer",
      {
        inputs: [
          { name: "image", datatype: "FP32", shape: [1, 2, 2], data: [0, 0, 0, 0] },
          { name: "label", datatype: "BYTES", shape: [1, 1], data: [""] },
        ],
      },
    ],
  ])("%s answers the one that fits it", async (server, routes, options, route, body) => {
    const { fake, ask } = await start(server, routes, { ...options, canary: {} });
    const result = await ask();
    expect(result).toMatchObject({ status: "healthy", readings: { canarySeconds: { ok: true } } });
    expect(result.message).toMatch(/; the canary was answered in [\d.]+ ms$/);
    expect(fake.seen.find(({ method, path }) => `${method} ${path}` === route)?.body).toEqual(body);
  });

  it("takes a body and an expectation of one's own", async () => {
    const canary = { body: { data: [1] }, expect: [{ path: "$.tabby", atLeast: 0.4 }] };
    const management = await new WireServer(wire.torchserveManagement(2, 0)).listen();
    const options = { model: "densenet161", managementUrl: management };
    const { fake, ask } = await start("torchserve", wire.torchserve, { ...options, canary });
    expect(await ask()).toMatchObject({ status: "healthy" });
    expect(fake.seen.at(-1)).toMatchObject({ path: "/metrics" });
    expect(fake.seen.find(({ method }) => method === "POST")?.body).toEqual({ data: [1] });
    const wrong = await start("torchserve", wire.torchserve, {
      ...options,
      canary: { body: {}, expect: [{ path: "$.lynx", atLeast: 0.4 }] },
    });
    expect(await wrong.ask()).toMatchObject({
      status: "unhealthy",
      reason: "canary_wrong",
      message: `${wrong.url}/predictions/densenet161 answered the canary with $.lynx: 0.15, expected at least 0.4`,
    });
  });

  it.each([
    [{ outputs: [] }, "what is no inference response"],
    [{ outputs: [{ name: "other", datatype: "FP32", shape: [1], data: [1] }] }, "no output scores"],
    [
      { outputs: [{ name: "scores", datatype: "FP32", shape: [1, 3], data: [1] }] },
      "1 values in output scores of shape [1, 3]",
    ],
    [
      { outputs: [{ name: "scores", datatype: "FP32", shape: [1], data: [null] }] },
      "values that are no numbers in output scores",
    ],
  ])("is not answered by %j", async (body, said) => {
    const routes = { ...wire.triton, "POST /v2/models/resnet/infer": { body } };
    const { ask } = await start("triton", routes, { model: "resnet", canary: {} });
    expect(await ask()).toMatchObject({
      status: "unhealthy",
      reason: "canary_wrong",
      message: expect.stringContaining(said),
    });
  });

  it.each([
    [429, { error: "Model is overloaded", error_type: "overloaded" }, "degraded", "overloaded"],
    [424, { error: "Request failed during generation", error_type: "generation" }, "unhealthy", "canary_failed"],
  ])("is refused with %d", async (status, body, expected, reason) => {
    const { ask } = await start("tgi", { ...wire.tgi, "POST /generate": { status, body } }, { canary: {} });
    expect(await ask()).toMatchObject({ status: expected, reason });
  });

  it("cannot be made where the model tells no inputs", async () => {
    const routes = { ...wire.triton, "GET /v2/models/resnet": { status: 500, body: "" } };
    const { ask } = await start("triton", routes, { model: "resnet", canary: {} });
    expect(await ask()).toMatchObject({ status: "unhealthy", reason: "canary_impossible" });
  });
});

describe("model check: busy is not dead", () => {
  const all = [
    ["vllm", wire.vllm, wire.vllmMetrics, {}, "POST /v1/completions"],
    ["tgi", wire.tgi, wire.tgiMetrics, {}, "POST /generate"],
    ["sglang", wire.sglang, wire.sglangMetrics, {}, "GET /health_generate"],
    [
      "triton",
      wire.triton,
      (done: number, running: number, waiting: number) => wire.tritonMetrics(done, running + waiting),
      { model: "resnet" },
      "POST /v2/models/resnet/infer",
    ],
  ] as const;

  it.each(all)("%s: no canary while the counters advance", async (server, routes, metricsOf, options, canary) => {
    const { fake, ask } = await start(
      server,
      { ...routes, ...metrics(metricsOf(10, 0, 0)) },
      { ...options, canary: {} },
    );
    await ask();
    expect(fake.count(canary)).toBe(1);
    fake.routes = { ...routes, ...metrics(metricsOf(11, 2, 1)) };
    expect(await ask()).toMatchObject({ status: "healthy", message: expect.stringContaining("and makes progress") });
    expect(fake.count(canary)).toBe(1);
    await ask();
    expect(fake.count(canary)).toBe(2);
  });

  it.each(all)("%s: stuck with requests and no progress", async (server, routes, metricsOf, options) => {
    const { fake, clock, ask } = await start(
      server,
      { ...routes, ...metrics(metricsOf(10, 0, 3)) },
      { ...options, stuckAfter: "60s" },
    );
    await ask();
    clock.advance(59_000);
    expect(await ask()).toMatchObject({ status: "healthy", readings: { quietSeconds: { ok: true, value: 59 } } });
    clock.advance(1000);
    expect(await ask()).toMatchObject({
      status: "unhealthy",
      reason: "stuck",
      message: expect.stringContaining("has 3 requests, and its counters have not moved for 60 s (60 s allowed)"),
    });
    fake.routes = { ...routes, ...metrics(metricsOf(11, 0, 3)) };
    expect(await ask()).toMatchObject({ status: "healthy", readings: { waitingRequests: { value: 3 } } });
  });

  it("reads the work of the named model only", async () => {
    const { fake, clock, ask } = await start(
      "triton",
      { ...wire.triton, ...metrics(wire.tritonMetrics(10, 0)) },
      { model: "resnet", stuckAfter: "60s" },
    );
    await ask();
    clock.advance(3_600_000);
    expect(await ask()).toMatchObject({ status: "healthy", readings: { waitingRequests: { value: 0 } } });
    expect(fake.count("GET /metrics")).toBe(2);
  });

  const silent = { ...wire.vllm, "POST /v1/completions": "never" } satisfies Routes;
  const idle = metrics(wire.vllmMetrics(10, 0, 0));

  it("calls a server dead that has nothing to do and does not answer the canary", async () => {
    const { fake, clock, check } = await start("vllm", { ...silent, ...idle }, { canary: {} });
    const result = await late(check, clock, fake, "POST /v1/completions");
    expect(result).toMatchObject({
      status: "unhealthy",
      reason: "canary_timeout",
      message: expect.stringContaining("connected, but no answer after 4 s, and vLLM makes no progress"),
    });
    // The canary that was given up may be counted as a request for ever after.
    fake.routes = { ...silent, ...metrics(wire.vllmMetrics(10, 1, 0)) };
    expect(await late(check, clock, fake, "POST /v1/completions")).toMatchObject({ reason: "canary_timeout" });
    fake.routes = { ...wire.vllm, ...idle };
    expect(await runOnce(check)).toMatchObject({ status: "healthy" });
  });

  it("calls a server busy that makes progress while the canary waits", async () => {
    let generated = 10;
    const routes = { ...silent, "GET /metrics": () => ({ body: wire.vllmMetrics(generated, 0, 0) }) };
    const { fake, clock, check } = await start("vllm", routes, { canary: {} });
    const waiting = late(check, clock, fake, "POST /v1/completions");
    while (fake.count("POST /v1/completions") === 0) await new Promise(setImmediate);
    generated = 11;
    expect(await waiting).toMatchObject({
      status: "degraded",
      reason: "busy",
      message: expect.stringContaining("busy, not dead"),
    });
  });

  it("does not take its own canary for the progress of others", async () => {
    let answered = 0;
    const routes: Routes = {
      ...wire.vllm,
      "POST /v1/completions": () => {
        answered += 1;
        return wire.vllm["POST /v1/completions"] as WireAnswer;
      },
      "GET /metrics": () => ({ body: wire.vllmMetrics(answered, 0, 0) }),
    };
    const { ask } = await start("vllm", routes, { canary: {} });
    for (let run = 1; run <= 3; run += 1) {
      await ask();
      expect(answered).toBe(run);
    }
  });

  it("gives a server time that has requests of others", async () => {
    const { fake, clock, check } = await start(
      "vllm",
      { ...silent, ...metrics(wire.vllmMetrics(10, 1, 0)) },
      { canary: {}, stuckAfter: "60s" },
    );
    expect(await late(check, clock, fake, "POST /v1/completions")).toMatchObject({
      status: "degraded",
      reason: "busy",
    });
    clock.advance(60_000);
    expect(await runOnce(check)).toMatchObject({ status: "unhealthy", reason: "stuck" });
  });

  it("calls a server busy whose health page is late while its counters advance", async () => {
    const routes = { ...wire.vllm, ...idle };
    const { fake, clock, check } = await start("vllm", routes);
    await runOnce(check);
    fake.routes = { ...routes, "GET /health": "never", ...metrics(wire.vllmMetrics(12, 4, 9)) };
    expect(await late(check, clock, fake, "GET /health")).toMatchObject({ status: "degraded", reason: "busy" });
    expect(await late(check, clock, fake, "GET /health")).toMatchObject({ status: "unhealthy", reason: "timeout" });
  });

  it("judges by the canary alone where there are no metrics", async () => {
    const { fake, clock, check } = await start("vllm", silent, { canary: {} });
    expect(await late(check, clock, fake, "POST /v1/completions")).toMatchObject({
      reason: "canary_timeout",
      message: expect.stringContaining("vLLM shows no metrics of progress"),
    });
  });
});

describe("model check: where things are", () => {
  it.each([
    ["triton", { version: "1" }, "name the model, too"],
    ["triton", { canary: {} }, "an inference of Triton is for one model"],
    ["vllm", { version: "1" }, "vLLM has no versions of models"],
    ["torchserve", { model: "a", canary: {} }, "there is no inference that fits every model of TorchServe"],
    ["tgi", { managementUrl: "http://a" }, "only TorchServe has one"],
    ["tgi", { canary: { path: "/generate" } }, "a `path` without a `body`"],
    ["tgi", { canary: { path: "generate", body: {} } }, "expected a path that starts with /"],
  ])("%s with %j is refused", (server, options, problem) => {
    expect(() => createCheck("model", { server, url: "http://127.0.0.1:1", ...options })).toThrow(problem);
  });

  it("is told by errors of the socket", async () => {
    const { fake, url, ask } = await start("vllm", wire.vllm);
    await fake.stop();
    expect(await ask()).toMatchObject({
      status: "unhealthy",
      reason: "connection_refused",
      message: expect.stringContaining(`${url}/health: the connection was refused`),
    });
    await new WireServer(wire.vllm).listen(Number(new URL(url).port));
    expect(await ask()).toMatchObject({ status: "healthy" });
  });

  it("shows no secret, whatever the server repeats", async () => {
    const key = "token-hunter2";
    const { fake, ask } = await start(
      "vllm",
      {
        ...wire.vllm,
        "GET /v1/models": ({ headers }) => ({ status: 401, body: { error: `no ${headers.authorization}` } }),
      },
      { auth: { bearer: key } },
    );
    const result = JSON.stringify(await ask());
    expect(result).toContain("model_not_loaded");
    expect(result).not.toContain(key);
    expect(fake.seen[0]?.headers.authorization).toBe(`Bearer ${key}`);
  });
});

describe("model check: deadlines", () => {
  const sockets = () => process.getActiveResourcesInfo().filter((each) => each === "TCPSocketWrap").length;

  it("leaves nothing behind after hundreds of runs", async () => {
    const routes = { ...wire.vllm, "POST /v1/completions": "never", ...metrics(wire.vllmMetrics(10, 0, 0)) } as const;
    const { fake, clock, check } = await start("vllm", routes, { canary: {} });
    const halfOpen = createServer((socket) => socket.on("error", () => {}).resume());
    await new Promise<void>((resolve) => halfOpen.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(halfOpen.address() as AddressInfo).port}`;
    const silentCheck = createCheck("model", { server: "vllm", url }, clock);
    const before = sockets();
    for (let round = 0; round < 100; round += 1) {
      const deadline = new AbortController();
      const never = runOnce(silentCheck, deadline.signal);
      await late(check, clock, fake, "POST /v1/completions");
      deadline.abort();
      expect(await never).toMatchObject({ reason: "timeout" });
    }
    await fake.stop();
    await new Promise((resolve) => halfOpen.close(resolve));
    expect(clock.pending).toBe(0);
    expect(sockets()).toBeLessThanOrEqual(before);
  });
});
