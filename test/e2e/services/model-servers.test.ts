import { describe, expect, it } from "vitest";
import * as wire from "../../checks/services/model-servers.js";
import { type Routes, WireServer } from "../../support/wire-server.js";
import { eventually } from "../support/eventually.js";
import { get } from "../support/http.js";
import { startServingServer } from "../support/program.js";
import { servingStatus } from "../support/raw-grpc.js";
import { Watcher } from "../support/watcher.js";

const { serving, notServing } = servingStatus;

/** Lets a component follow a model server that goes down with `reason` and comes back. */
async function follow(routes: Routes, down: Routes, check: (url: string) => string, reason: string): Promise<void> {
  const fake = new WireServer(routes);
  const url = await fake.listen();
  const server = await startServingServer({
    config: `
gpu: { mode: off }
checks:
  engine: { ${check(url)}, interval: 500ms, timeout: 500ms, failureThreshold: 1 }
components: { inference: { critical: [engine] } }
`,
  });
  const watcher = new Watcher(server.grpc, "inference");
  await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
  fake.routes = down;
  await eventually(() => expect(watcher.statuses.at(-1)).toBe(notServing));
  await eventually(async () => expect((await get(server.http, "/readyz")).text).toContain(reason));
  fake.routes = routes;
  await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
  await fake.stop();
  await eventually(async () => expect((await get(server.http, "/readyz")).text).toContain("connection_refused"));
  await new WireServer(routes).listen(Number(new URL(url).port));
  await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
}

describe("model servers", () => {
  it("turn traffic away while the model is not loaded, and while nobody listens", async () => {
    const unloaded = { ...wire.vllm, "GET /v1/models": { body: { object: "list", data: [] } } };
    const check = (url: string) => `type: model, server: vllm, url: "${url}", model: llama, canary: {}`;
    await follow(wire.vllm, unloaded, check, "model_not_loaded");
  });

  it("turn traffic away while the engine does not answer the canary", async () => {
    const dead: Routes = { ...wire.vllm, "POST /v1/completions": "never" };
    await follow(wire.vllm, dead, (url) => `type: model, server: vllm, url: "${url}", canary: {}`, "canary_timeout");
  });
});

describe("APIs like OpenAI's", () => {
  it("turn traffic away while the quota is used up, and not while they are busy", async () => {
    const refused = (status: number, code: string): Routes => ({
      "GET /v1/models": { status, body: { error: { message: "no", type: code, param: null, code } } },
    });
    await follow(
      wire.vllm,
      refused(429, "insufficient_quota"),
      (url) => `type: llm, url: "${url}/v1"`,
      "quota_exceeded",
    );
    const fake = new WireServer(wire.vllm);
    const url = await fake.listen();
    const config = `
gpu: { mode: off }
checks: { api: { type: llm, url: "${url}/v1", interval: 500ms, timeout: 500ms, failureThreshold: 1 } }
`;
    const server = await startServingServer({ config });
    fake.routes = refused(429, "rate_limit_exceeded");
    const health = await eventually(async () => {
      const answer = await get(server.http, "/health");
      expect(answer.text).toContain("rate_limited");
      return answer;
    });
    expect(health.status).toBe(200);
    expect((await get(server.http, "/readyz")).headers.get("x-envoy-degraded")).not.toBeNull();
  });
});
