import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import fastify from "fastify";
import { describe, expect, it, onTestFinished } from "vitest";
import { fastifyGuard, type GuardOptions, type Health, httpGuard } from "../../../src/index.js";
import { healthOfModel, lowMemory } from "./states.js";

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A service that answers `served` on every path, with the probes on the same server. */
const services: Readonly<Record<string, (health: Health, options: GuardOptions) => Promise<string>>> = {
  "node:http"(health, options) {
    const [guard, router] = [httpGuard(health, options), health.router()];
    const listener: RequestListener = (request, response) => {
      if (guard(request, response)) router(request, response, () => response.end("served"));
    };
    return listen(createServer(listener));
  },
  express(health, options) {
    const app = express();
    app.use(httpGuard(health, options));
    app.use(health.router());
    app.use((_request, response) => void response.send("served"));
    return listen(createServer(app));
  },
  async fastify(health, options) {
    const app = fastify();
    onTestFinished(() => app.close());
    app.addHook("onRequest", fastifyGuard(health, options));
    const router = health.router();
    app.get("/readyz", (request, reply) => {
      reply.hijack();
      router(request.raw, reply.raw);
    });
    app.all("/*", () => "served");
    return app.listen({ port: 0, host: "127.0.0.1" });
  },
};

describe.each(Object.keys(services))("the guard of %s", (name) => {
  const serve = (health: Health, options: GuardOptions = { component: "model" }): Promise<string> => {
    const start = services[name];
    if (start === undefined) throw new Error(`no service ${name}`);
    return start(health, options);
  };

  it("lets requests through while the component is healthy, and while it is degraded with a header", async () => {
    const health = await healthOfModel();
    const url = await serve(health);
    const healthy = await fetch(`${url}/v1/models?a=1`);
    expect([healthy.status, await healthy.text(), healthy.headers.get("x-gpu-health")]).toEqual([200, "served", null]);
    health.setStatus("model", "degraded", "cache_slow");
    const degraded = await fetch(url);
    expect([degraded.status, await degraded.text(), degraded.headers.get("x-gpu-health")]).toEqual([
      200,
      "served",
      "degraded; reason=cache_slow",
    ]);
  });

  it("answers 503 with the reason and Retry-After while it is unhealthy, and serves again after it", async () => {
    const health = await healthOfModel();
    const url = await serve(health);
    health.setStatus("model", ...lowMemory);
    const refused = await fetch(url, { method: "POST", body: "x".repeat(100_000) });
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("5");
    expect(refused.headers.get("content-type")).toContain("application/problem+json");
    expect(await refused.json()).toEqual({
      title: "Service Unavailable",
      status: 503,
      detail: "0.3 GiB free on gpu/0, 2 GiB needed",
      reason: "low_memory",
      component: "model",
    });
    health.setStatus("model", "healthy");
    expect((await fetch(url)).status).toBe(200);
  });

  it("refuses while readiness is drained, or the component is not there", async () => {
    const health = await healthOfModel();
    const url = await serve(health, { retryAfterSeconds: 30 });
    await expect.poll(async () => (await fetch(url)).status).toBe(200);
    health.drain("driver update");
    const drained = await fetch(url);
    expect([drained.status, drained.headers.get("retry-after")]).toEqual([503, "30"]);
    expect(await drained.json()).toMatchObject({ reason: "draining", detail: "driver update", component: "readiness" });
    const other = await serve(health, { component: "modle" });
    expect(await (await fetch(other)).json()).toMatchObject({ reason: "component_not_found" });
  });

  it("never answers for the probes", async () => {
    const health = await healthOfModel();
    const url = await serve(health);
    health.setStatus("model", ...lowMemory);
    await expect.poll(async () => (await fetch(`${url}/readyz?verbose`)).status).toBe(200);
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: "ready" });
    expect((await fetch(`${url}/readyz`, { method: "HEAD" })).status).toBe(200);
    expect((await fetch(`${url}/readyz`, { method: "POST" })).status).toBe(503);
    health.setStatus("model", "degraded", "cache_slow");
    expect((await fetch(`${url}/readyz`)).headers.get("x-gpu-health")).toBeNull();
  });
});

it.each(["mounted", "with a prefix of its own"])(
  "leaves the endpoints of a router below a path alone, %s",
  async (how) => {
    const health = await healthOfModel();
    const app = express();
    app.use(httpGuard(health, { component: "model", prefix: "/internal" }));
    if (how === "mounted") app.use("/internal", health.router());
    else app.use(health.router({ prefix: "/internal" }));
    app.use((_request, response) => void response.send("served"));
    const url = await listen(createServer(app));
    health.setStatus("model", ...lowMemory);
    const statusOf = async (path: string): Promise<number> => (await fetch(`${url}${path}`)).status;
    expect(await Promise.all(["/internal/livez", "/internal/", "/internal/metrics"].map(statusOf))).toEqual([
      200, 200, 200,
    ]);
    // These are the service's own.
    expect(await Promise.all(["/livez", "/internal/models", "/internals", "/"].map(statusOf))).toEqual([
      503, 503, 503, 503,
    ]);
  },
);

it("knows a probe's path from one of the service below which Express has mounted the guard", async () => {
  const health = await healthOfModel();
  const app = express();
  app.use("/jobs", httpGuard(health, { component: "model" }), (_request, response) => void response.send("served"));
  const url = await listen(createServer(app));
  health.setStatus("model", ...lowMemory);
  expect((await fetch(`${url}/jobs/status`)).status).toBe(503);
});

it.each([httpGuard, fastifyGuard])("takes no prefix under which it would not know the probes", (guard) => {
  const health = { get: () => undefined };
  for (const prefix of ["internal", "/internal/"]) {
    expect(() => guard(health, { prefix })).toThrow("begin it with a slash and end it without one");
  }
});
