import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadConfiguration } from "../../../src/config/load.js";
import { ManualClock } from "../../support/manual-clock.js";
import { createCheck, runOnce } from "../../support/run-check.js";
import { type Routes, WireServer } from "../../support/wire-server.js";

const key = "sk-secret-hunter2";
const directory = mkdtempSync(join(tmpdir(), "llm-check-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** As OpenAI's API reference has them. */
const list = {
  body: {
    object: "list",
    data: [
      { id: "small", object: "model", created: 1686935002, owned_by: "organization" },
      { id: "large", object: "model", created: 1686935002, owned_by: "organization", max_model_len: 8192 },
    ],
  },
};
const chat = {
  body: {
    id: "chatcmpl-1",
    object: "chat.completion",
    model: "small-2026",
    choices: [{ index: 0, message: { role: "assistant", content: "p" }, finish_reason: "length" }],
    usage: { prompt_tokens: 8, completion_tokens: 1, total_tokens: 9 },
  },
};
const embedding = {
  body: {
    object: "list",
    data: [{ object: "embedding", index: 0, embedding: [0.1, -0.2, 0.3] }],
    model: "small",
    usage: { prompt_tokens: 1, total_tokens: 1 },
  },
};
const good: Routes = { "GET /v1/models": list, "POST /v1/chat/completions": chat, "POST /v1/embeddings": embedding };

const refusal = (status: number, error: Record<string, unknown>, headers: Record<string, string> = {}) => ({
  status,
  body: { error: { message: "no", type: "", param: null, code: null, ...error } },
  headers,
});

async function start(routes: Routes = good) {
  const server = new WireServer(routes);
  await server.listen();
  const clock = new ManualClock();
  const check = (options: Record<string, unknown> = {}) =>
    createCheck("llm", { url: `${server.origin}/v1`, ...options }, clock);
  return { server, clock, check, ask: (options?: Record<string, unknown>) => runOnce(check(options)) };
}

const paid = { mode: "chat", model: "small" };

describe("llm check: the list of models", () => {
  it("is asked by default, and costs nothing", async () => {
    const { server, ask } = await start();
    expect(await ask()).toMatchObject({
      status: "healthy",
      message: `${server.origin}/v1/models listed 2 models in 0 ms`,
      readings: { modelCount: { ok: true, value: 2 }, usedTokens: { ok: false, why: "unsupported" } },
    });
    expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET /v1/models"]);
  });

  it("must have the named model, whose context it may tell", async () => {
    const { server, ask } = await start();
    expect(await ask({ model: "large" })).toMatchObject({
      status: "healthy",
      readings: { contextTokens: { ok: true, value: 8192 } },
      metadata: { model: "large" },
    });
    expect(await ask({ model: "huge" })).toMatchObject({
      status: "unhealthy",
      reason: "model_not_found",
      message: `${server.origin}/v1/models does not list huge, but small, large`,
      readings: { contextTokens: { ok: false, why: "unsupported" } },
    });
  });

  it.each([
    [{ data: [] }, "no_models"],
    [{ models: ["small"] }, "invalid_answer"],
    ["<html>welcome</html>", "invalid_answer"],
  ])("is not %j", async (body, reason) => {
    const { ask } = await start({ "GET /v1/models": { body } });
    expect(await ask()).toMatchObject({ status: "unhealthy", reason });
  });
});

describe("llm check: chat", () => {
  it("asks for one token, and says what it cost", async () => {
    const { server, ask } = await start();
    expect(await ask(paid)).toMatchObject({
      status: "healthy",
      message: `${server.origin}/v1/chat/completions: model small answered a chat in 0 ms for 9 tokens`,
      readings: { usedTokens: { ok: true, value: 9 }, responseSeconds: { ok: true } },
      metadata: { mode: "chat", model: "small-2026", promptTokens: 8, completionTokens: 1 },
    });
    expect(server.seen.at(-1)?.body).toEqual({
      model: "small",
      messages: [{ role: "user", content: "ping" }],
      max_tokens: 1,
    });
  });

  it("lets a good answer stand for as long as `cache`, while the free list is asked each time", async () => {
    const { server, clock, check } = await start();
    const running = check(paid);
    await runOnce(running);
    clock.advance(299_000);
    expect(await runOnce(running)).toMatchObject({ status: "healthy", readings: { usedTokens: { value: 9 } } });
    expect([server.count("GET /v1/models"), server.count("POST /v1/chat/completions")]).toEqual([2, 1]);
    clock.advance(1000);
    expect(await runOnce(running)).toMatchObject({ readings: { usedTokens: { value: 18 } } });
    expect(server.count("POST /v1/chat/completions")).toBe(2);
  });

  it("sees at once that a server is gone, and asks anew when it is back", async () => {
    const { server, check } = await start();
    const running = check(paid);
    await runOnce(running);
    const port = Number(new URL(server.origin).port);
    await server.stop();
    expect(await runOnce(running)).toMatchObject({ status: "unhealthy", reason: "connection_refused" });
    await new WireServer(good).listen(port);
    expect(await runOnce(running)).toMatchObject({ status: "healthy" });
  });

  it("takes the newer name of the limit where the older is refused", async () => {
    const { server, check } = await start({
      ...good,
      "POST /v1/chat/completions": ({ body }) =>
        "max_tokens" in (body as object)
          ? refusal(400, {
              message: "Use 'max_completion_tokens' instead.",
              param: "max_tokens",
              code: "unsupported_parameter",
            })
          : chat,
    });
    const running = check({ ...paid, cache: "0s", maxTokens: 16 });
    expect(await runOnce(running)).toMatchObject({ status: "healthy" });
    expect(server.seen.at(-1)?.body).toMatchObject({ max_completion_tokens: 16 });
    await runOnce(running);
    expect(server.count("POST /v1/chat/completions")).toBe(3);
  });

  it("needs no list where the server has none", async () => {
    const { ask } = await start({ "POST /v1/chat/completions": chat });
    expect(await ask(paid)).toMatchObject({ status: "healthy", readings: { modelCount: { ok: false } } });
  });

  it("is not answered by what is no chat completion", async () => {
    const { ask } = await start({ ...good, "POST /v1/chat/completions": { body: { choices: [] } } });
    expect(await ask(paid)).toMatchObject({ status: "unhealthy", reason: "invalid_answer" });
  });
});

describe("llm check: embedding", () => {
  const embed = { mode: "embedding", model: "small" };

  it("says how many numbers the vector has", async () => {
    const { server, ask } = await start();
    expect(await ask({ ...embed, dimensions: 3 })).toMatchObject({
      status: "healthy",
      message: `${server.origin}/v1/embeddings: model small embedded into 3 numbers in 0 ms for 1 tokens`,
      metadata: { dimensions: 3 },
    });
    expect(server.seen.at(-1)?.body).toEqual({ model: "small", input: "ping", encoding_format: "float" });
  });

  it("finds a vector of another length, and one of zeros", async () => {
    const { ask } = await start();
    expect(await ask({ ...embed, dimensions: 768 })).toMatchObject({
      status: "unhealthy",
      reason: "wrong_dimensions",
      message: expect.stringContaining("answered a vector of 3 numbers, 768 expected"),
    });
    const zeros = await start({ ...good, "POST /v1/embeddings": { body: { data: [{ embedding: [0, 0] }] } } });
    expect(await zeros.ask(embed)).toMatchObject({ status: "unhealthy", reason: "invalid_answer" });
  });
});

describe("llm check: refusals", () => {
  it.each([
    ["a wrong key", 401, { code: "invalid_api_key" }, "unhealthy", "authentication_failed"],
    ["a key without rights", 500, { message: "boom" }, "unhealthy", "server_error"],
    ["too many requests", 429, { code: "rate_limit_exceeded" }, "degraded", "rate_limited"],
    ["no quota", 429, { code: "insufficient_quota" }, "unhealthy", "quota_exceeded"],
    ["no quota by its type", 429, { type: "insufficient_quota" }, "unhealthy", "quota_exceeded"],
    ["no balance", 402, { message: "Insufficient Balance" }, "unhealthy", "quota_exceeded"],
    ["no such model", 404, { code: "model_not_found" }, "unhealthy", "model_not_found"],
    [
      "no such model, as vLLM says it",
      404,
      { message: "The model `small` does not exist." },
      "unhealthy",
      "model_not_found",
    ],
    ["a long prompt", 400, { code: "context_length_exceeded" }, "unhealthy", "context_length_exceeded"],
    [
      "a long prompt, as vLLM says it",
      400,
      { message: "This model's maximum context length is 4 tokens." },
      "unhealthy",
      "context_length_exceeded",
    ],
    ["something else", 400, { message: "The model does not support Embeddings API" }, "unhealthy", "request_refused"],
  ])("has a reason for %s", async (_what, status, error, expected, reason) => {
    const { ask } = await start({ ...good, "POST /v1/chat/completions": refusal(status, error) });
    expect(await ask(paid)).toMatchObject({ status: expected, reason });
  });

  it("reads the error of older vLLM, and of what is no API at all", async () => {
    const bare = { object: "error", message: "The model `small` does not exist.", type: "NotFoundError", code: 404 };
    const older = await start({ ...good, "POST /v1/chat/completions": { status: 404, body: bare } });
    expect(await older.ask(paid)).toMatchObject({ reason: "model_not_found" });
    const proxy = await start({ "GET /v1/models": { status: 502, body: "<html>Bad\nGateway</html>" } });
    expect(await proxy.ask()).toMatchObject({
      reason: "server_error",
      message: `${proxy.server.origin}/v1/models answered 502, an error of the server: <html>Bad Gateway</html>`,
    });
  });

  it("takes a refused list for the server's own, unless a paid answer tells more", async () => {
    const unauthorized = { ...good, "GET /v1/models": refusal(401, {}) };
    expect(await (await start(unauthorized)).ask(paid)).toMatchObject({ reason: "authentication_failed" });
    const unlisted = { ...good, "GET /v1/models": refusal(403, {}) };
    expect(await (await start(unlisted)).ask(paid)).toMatchObject({ status: "healthy" });
    expect(await (await start(unlisted)).ask()).toMatchObject({ reason: "permission_denied" });
  });

  it("leaves a server alone for as long as it asks to be", async () => {
    const busy = refusal(429, { message: "slow down" }, { "retry-after": "20" });
    const { server, clock, check } = await start({ ...good, "POST /v1/chat/completions": busy });
    const running = check(paid);
    const url = `${server.origin}/v1/chat/completions`;
    const message = `${url} answered 429, too many requests at the moment: busy, not dead (try again in 20 s): slow down`;
    expect(await runOnce(running)).toMatchObject({ status: "degraded", message });
    server.routes = good;
    clock.advance(19_000);
    expect(await runOnce(running)).toMatchObject({ status: "degraded" });
    clock.advance(1000);
    expect(await runOnce(running)).toMatchObject({ status: "healthy" });
  });
});

describe("llm check: secrets", () => {
  const echo: Routes = {
    "GET /v1/models": ({ headers }) =>
      refusal(401, { message: `Incorrect API key provided: ${headers.authorization}` }),
  };

  it("sends the key as a bearer token, from a file that is read anew for each run", async () => {
    const { server, check } = await start();
    const token = join(directory, "token");
    const running = check({ auth: { bearer: `file:${token}` } });
    writeFileSync(token, `${key}\n`);
    await runOnce(running);
    writeFileSync(token, "second");
    await runOnce(running);
    expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${key}`, "Bearer second"]);
  });

  it("shows none of them, whatever the server repeats", async () => {
    const { server, ask } = await start(echo);
    const token = JSON.stringify(await ask({ auth: { bearer: key } }));
    expect(token).toContain("Incorrect API key provided: …");
    expect(token).not.toContain(key);
    const password = JSON.stringify(await ask({ auth: { username: "me", password: key } }));
    expect(password).not.toContain(Buffer.from(`me:${key}`).toString("base64"));
    server.routes = { "GET /v1/models": refusal(401, { message: `${"x".repeat(495 - 80)} ${key}` }) };
    expect(JSON.stringify(await ask({ auth: { bearer: key } }))).not.toContain(key.slice(0, 4));
    server.routes = { "GET /v1/models": { status: 500, body: `no ${key}` } };
    expect(JSON.stringify(await ask({ auth: { username: "me", password: key } }))).toContain("no …");
    await server.stop();
    expect(JSON.stringify(await ask({ auth: { bearer: key } }))).not.toContain(key);
  });

  it("prints none of them where a configuration is not valid", () => {
    const text = `checks: { a: { type: llm, url: "ftp://x", mode: chat, auth: { bearer: "\${KEY}", username: u } } }\n`;
    const loaded = loadConfiguration(text, "a.yaml", { KEY: key });
    expect(loaded.ok ? [] : loaded.errors.map(({ message }) => message)).toEqual([
      "mode chat needs the name of a model",
      expect.stringContaining("expected a URL"),
      expect.stringContaining("give either `bearer`"),
    ]);
    expect(JSON.stringify(loaded)).not.toContain(key);
  });
});

describe("llm check: options", () => {
  it.each([
    [{ mode: "chat" }, "mode chat needs the name of a model"],
    [{ mode: "chat", model: "small", dimensions: 3 }, "only mode embedding has dimensions"],
  ])("%j is refused", async (options, problem) => {
    expect(() => createCheck("llm", { url: "http://127.0.0.1:1/v1", ...options })).toThrow(problem);
  });
});

describe("llm check: deadlines", () => {
  const sockets = () => process.getActiveResourcesInfo().filter((each) => each === "TCPSocketWrap").length;

  it("ends at the deadline, and leaves nothing behind after hundreds of runs", async () => {
    const { server, check } = await start({ ...good, "POST /v1/chat/completions": "never" });
    const silent = createServer((socket) => socket.on("error", () => {}).resume());
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const silentUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/v1`;
    const [list, waiting, halfOpen] = [check(), check(paid), check({ url: silentUrl })];
    const before = sockets();
    for (let round = 0; round < 100; round += 1) {
      expect(await runOnce(list)).toMatchObject({ status: "healthy" });
      const deadline = new AbortController();
      const late = [runOnce(waiting, deadline.signal), runOnce(halfOpen, deadline.signal)];
      while (server.count("POST /v1/chat/completions") <= round) await new Promise(setImmediate);
      deadline.abort();
      for (const result of await Promise.all(late)) {
        expect(result).toMatchObject({ status: "unhealthy", reason: "timeout" });
      }
    }
    await server.stop();
    await new Promise((resolve) => silent.close(resolve));
    expect(sockets()).toBeLessThanOrEqual(before);
  });
});
