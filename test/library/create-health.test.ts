import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type Client, Server, status } from "@grpc/grpc-js";
import { getRequestListener, type HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import express from "express";
import { fastify } from "fastify";
import { Hono } from "hono";
import { Registry as PromRegistry } from "prom-client";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  type ComponentChange,
  ConfigurationError,
  createHealth,
  type Health,
  type HealthOptions,
  type Verdict,
} from "../../src/index.js";
import { healthService, type StatusResponse } from "../../src/proto/health.js";
import { serveGrpc } from "../support/grpc-client.js";

/** Health that needs neither GPUs nor time. */
async function start(options: HealthOptions = {}): Promise<Health> {
  const health = await createHealth({ config: { gpu: { mode: "off" }, checks: {} }, ...options });
  onTestFinished(() => health.close());
  return health;
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const check = (client: Client, service: string): Promise<string> =>
  new Promise((resolve) => {
    const { path, requestSerialize, responseDeserialize } = healthService.Check;
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { service }, (error, answer) =>
      resolve(error === null ? (answer?.status ?? "nothing") : (status[error.code] ?? "unknown code")),
    );
  });

interface Watched {
  readonly seen: readonly string[];
  until(count: number): Promise<void>;
  cancel(): void;
}

/** The statuses of a Watch as they come, and its end. */
function watch(client: Client, service: string): Watched {
  const { path, requestSerialize, responseDeserialize } = healthService.Watch;
  const stream = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, { service });
  const seen: string[] = [];
  let told = (): void => {};
  const note = (what: string): void => {
    seen.push(what);
    told();
  };
  stream.on("data", (answer: StatusResponse) => note(answer.status));
  stream.on("error", (error: { readonly code: number }) => note(status[error.code] ?? "unknown code"));
  return {
    seen,
    cancel: () => stream.cancel(),
    until: (count) =>
      new Promise((resolve) => {
        told = () => {
          if (seen.length >= count) resolve();
        };
        told();
      }),
  };
}

describe("createHealth", () => {
  it("serves the defaults with nothing given, and listens nowhere", async () => {
    const health = await start({ config: { gpu: { mode: "off" } } });
    expect(health.addresses).toEqual({ grpc: [], http: [], admin: [] });
    expect(health.list().map(({ name }) => name)).toEqual(["", "readiness", "liveness", "startup"]);
  });

  it("listens where the configuration says so", async () => {
    const health = await start({ config: { gpu: { mode: "off" }, checks: {}, http: { listen: "127.0.0.1:0" } } });
    const [address] = health.addresses.http;
    expect((await fetch(`http://${address}/livez`)).status).toBe(200);
    expect(health.addresses.grpc).toEqual([]);
  });

  it("says everything that is wrong with a configuration", async () => {
    const config = { checks: { a: { type: "gpuu" } }, drain: { delay: 5 } };
    const error: unknown = await createHealth({ config }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as ConfigurationError).problems).toEqual([
      "drain.delay: 5 has no unit: write 5s, for instance",
      'checks.a.type: unknown check type "gpuu": did you mean gpu?',
    ]);
  });

  it("sets a component by hand, and tells of it", async () => {
    const health = await start();
    const changes: ComponentChange[] = [];
    const end = health.on("transition", (change) => changes.push(change));
    health.setStatus("model", "unhealthy", "loading");
    expect(health.get("model")).toMatchObject({ status: "unhealthy", serving: "NOT_SERVING", reason: "loading" });
    health.setStatus("model", "unhealthy", "warming_up", { message: "3 of 7 layers" });
    health.setStatus("model", "healthy");
    end();
    expect(health.clearStatus("model")).toBe(true);
    expect(health.clearStatus("model")).toBe(false);
    expect(health.get("model")).toBeUndefined();
    expect(changes.map(({ component, to }) => [component, to?.reason])).toEqual([
      ["model", "loading"],
      ["model", "warming_up"],
      ["model", "ok"],
    ]);
  });

  it("tells of another status only where that is asked", async () => {
    const health = await start();
    const statuses: unknown[] = [];
    health.on("status", ({ from, to }) => statuses.push([from?.status, to?.status]));
    health.setStatus("model", "unhealthy", "loading");
    health.setStatus("model", "unhealthy", "warming_up");
    health.clearStatus("model");
    expect(statuses).toEqual([
      [undefined, "unhealthy"],
      ["unhealthy", undefined],
    ]);
  });

  it("refuses names and reasons that cannot be served", async () => {
    const health = await start();
    expect(() => health.setStatus("readiness", "unhealthy")).toThrow("checks decide the component readiness");
    expect(() => health.setStatus("", "unhealthy")).toThrow('"" cannot name a component');
    expect(() => health.setStatus("model", "unhealthy", "Out of memory")).toThrow("is not snake_case");
    expect(() => health.heartbeat("worker")).toThrow("there is no check worker of type heartbeat: none is configured");
  });

  it.each<[string, unknown, string | undefined, object, string]>([
    ["a status of gRPC", "SERVING", undefined, {}, 'cannot be set to "SERVING": set healthy, degraded or unhealthy'],
    ["no status", undefined, undefined, {}, "cannot be set to undefined"],
    ["a number as the reason", "unhealthy", 5 as never, {}, "the reason 5 is not snake_case"],
    ["a time that has passed", "healthy", undefined, { ttlMs: 0 }, "ttlMs is 0: give how many milliseconds"],
    ["a time that is none", "healthy", undefined, { ttlMs: "5s" }, "ttlMs is 5s: give how many milliseconds"],
  ])("refuses %s, and goes on as it was", async (_, status, reason, options, message) => {
    const health = await start();
    health.setStatus("model", "healthy");
    expect(() => health.setStatus("model", status as Verdict, reason, options)).toThrow(message);
    health.setStatus("other", "healthy");
    expect([health.get("model")?.status, health.get("other")?.status]).toEqual(["healthy", "healthy"]);
  });

  it("puts what it is told for people on one line", async () => {
    const health = await start();
    health.setStatus("model", "unhealthy", "failed", { message: "Error: no memory\n    at load\u001b[31m" });
    expect(health.get("model")?.message).toBe("Error: no memory at load");
    health.drain({} as string);
    expect(health.get("model")?.message).toBe("[object Object]");
  });

  it("hands a heartbeat on as the admin listener does", async () => {
    const checks = { worker: { type: "heartbeat" } };
    const health = await start({ config: { gpu: { mode: "off" }, checks } });
    health.heartbeat("worker", { status: "unhealthy", message: "one\ntwo" });
    expect(health.get("readiness")).toMatchObject({ reason: "reported_unhealthy", message: "one two" });
    health.heartbeat("worker", { status: "unhealthy", message: "🔥".repeat(501) });
    expect(health.get("readiness")?.message).toBe(`${"🔥".repeat(499)}…`);
    health.heartbeat("worker");
    expect(health.get("readiness")).toMatchObject({ status: "healthy" });
    for (const [report, message] of [
      [{ status: "SERVING" }, "the report cannot be taken: status: Invalid option"],
      [{ reason: "Too slow" }, "the report cannot be taken: reason: must be snake_case"],
      [{ readings: { queue_wait_ms: 5 } }, "must be in base units: give seconds"],
      [{ readings: { waiting: Number.NaN } }, "the report cannot be taken: readings.waiting"],
    ] as const) {
      expect(() => health.heartbeat("worker", report as object)).toThrow(message);
    }
    expect(health.get("readiness")).toMatchObject({ status: "healthy" });
  });

  it("goes on where a listener or the log of the host throws, and throws that where nobody catches it", async () => {
    const thrown: (() => void)[] = [];
    const later = vi
      .spyOn(globalThis, "queueMicrotask")
      .mockImplementation((throwAgain) => void thrown.push(throwAgain));
    onTestFinished(() => later.mockRestore());
    const log = (): void => {
      throw new Error("no space left for the log");
    };
    const health = await start({ log });
    const told: unknown[] = [];
    health.on("status", () => {
      throw new Error("nobody expects this");
    });
    health.on("status", ({ to }) => told.push(to?.status));
    thrown.length = 0;
    health.setStatus("model", "unhealthy");
    expect(told).toEqual(["unhealthy"]);
    expect(
      thrown.map((each) => expect(each).toThrow(/^(no space left for the log|nobody expects this)$/)),
    ).toHaveLength(2);
  });

  it("knows its events", async () => {
    const health = await start();
    expect(() => health.on("change" as "status", () => {})).toThrow('there is no event "change"');
  });

  it("takes another configuration, and keeps the old one where that is wrong", async () => {
    const health = await start();
    const components = { api: { critical: ["loop"] } };
    const config = { gpu: { mode: "off" }, checks: { loop: { type: "event-loop" } }, components };
    expect(await health.reload({ ...config, nonsense: {} } as object)).toMatchObject({ ok: false });
    expect(health.get("api")).toBeUndefined();
    expect(await health.reload(config)).toEqual({ ok: true, restartNeeded: [] });
    expect(health.get("api")).toBeDefined();
    expect(await health.reload()).toEqual({ ok: true, restartNeeded: [] });
    expect(health.get("api")).toBeDefined();
  });

  it("takes configurations one after the other, and nothing of those that are refused", async () => {
    const health = await start();
    const config = (name: string) => ({
      gpu: { mode: "off" },
      checks: { loop: { type: "event-loop" } },
      components: { [name]: { critical: ["loop"] } },
    });
    const outcomes = await Promise.all([
      health.reload({ ...config("wrong"), nonsense: {} } as object),
      health.reload(config("api")),
      health.reload({ ...config("worse"), nonsense: {} } as object),
    ]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([false, true, false]);
    expect(health.get("api")).toBeDefined();
    expect(await health.reload()).toEqual({ ok: true, restartNeeded: [] });
    expect(health.get("api")).toBeDefined();
  });

  it("drains, and ends", async () => {
    const health = await start();
    health.setStatus("model", "healthy");
    health.drain("moving away");
    expect(health.get("model")).toMatchObject({ status: "unhealthy", reason: "draining", message: "moving away" });
    health.undrain();
    expect(health.get("model")?.status).toBe("healthy");
    await health[Symbol.asyncDispose]();
    expect(health.get("model")?.reason).toBe("shutting_down");
  });

  it("keeps two instances apart", async () => {
    const one = await start();
    const other = await start();
    one.setStatus("model", "unhealthy");
    one.drain();
    expect(other.get("model")).toBeUndefined();
    expect(other.get("readiness")?.status).toBe("healthy");
    await one.close();
    expect(other.get("readiness")?.status).toBe("healthy");
    expect((await other.metrics()).body).not.toContain('component="model"');
  });
});

describe.each([
  ["handlers", (health: Health) => ({ server: new Server(), health })],
  ["the interceptor", (health: Health) => ({ server: new Server({ interceptors: [health.interceptor] }), health })],
])("on a gRPC server of the host, by %s", (_, host) => {
  it("answers Check and Watch", async () => {
    const { server, health } = host(await start());
    health.addToServer(server);
    const client = await serveGrpc(server);
    expect([await check(client, ""), await check(client, "model")]).toEqual(["SERVING", "NOT_FOUND"]);
    const watched = watch(client, "model");
    await watched.until(1);
    health.setStatus("model", "degraded");
    await watched.until(2);
    health.setStatus("model", "unhealthy");
    await watched.until(3);
    expect(await check(client, "model")).toBe("NOT_SERVING");
    health.clearStatus("model");
    await watched.until(4);
    await health.close();
    await watched.until(5);
    expect(watched.seen).toEqual(["SERVICE_UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN", "UNAVAILABLE"]);
    expect(await check(client, "")).toBe("NOT_SERVING");
  });

  it("forgets a Watch that was cancelled", async () => {
    const { server, health } = host(await start());
    health.addToServer(server);
    const client = await serveGrpc(server);
    const watched = watch(client, "");
    await watched.until(1);
    expect((await health.metrics()).body).toContain("gpu_health_watchers 1");
    watched.cancel();
    await expect.poll(async () => (await health.metrics()).body).toContain("gpu_health_watchers 0");
  });
});

describe("the router", () => {
  it("answers on a server of node:http", async () => {
    const health = await start();
    const base = await listen(health.router());
    expect(await (await fetch(`${base}/readyz`)).json()).toEqual({ status: "ready" });
    health.drain();
    const drained = await fetch(`${base}/readyz?verbose`);
    expect([drained.status, drained.headers.get("x-envoy-immediate-health-check-fail")]).toEqual([503, "true"]);
    expect((await fetch(`${base}/nothing`)).status).toBe(404);
    expect((await fetch(`${base}/livez`, { method: "POST" })).status).toBe(405);
    const head = await fetch(`${base}/livez`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  it("streams the live state until the end", async () => {
    const health = await start();
    const base = await listen(health.router());
    const reader = (await fetch(`${base}/status/stream`)).body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? "").toString()).toContain("data: ");
    await health.close();
    await expect.poll(async () => (await reader?.read())?.done).toBe(true);
  });

  it("passes on what is not its own, and stays below its prefix", async () => {
    const health = await start();
    const router = health.router({ prefix: "/internal" });
    const base = await listen((request, response) => router(request, response, () => response.end("host")));
    const text = async (path: string, init?: RequestInit) => (await fetch(`${base}${path}`, init)).text();
    expect(await text("/internal/livez")).toBe("ok");
    const page = await fetch(`${base}/internal`, { redirect: "manual" });
    expect([page.status, page.headers.get("location")]).toEqual([308, "/internal/"]);
    for (const path of ["/", "/livez", "/internal/nothing", "/internally"]) {
      expect([path, await text(path)]).toEqual([path, "host"]);
    }
    expect(await text("/internal/livez", { method: "POST" })).toBe("host");
  });

  it("is middleware for Express, a hook for Fastify and a handler for Hono", async () => {
    const health = await start();
    const app = express();
    app.use("/internal", health.router());
    app.use((_request, response) => void response.end("host"));
    const base = await listen(app);
    const router = health.router({ prefix: "/internal" });
    const server = fastify();
    server.addHook("onRequest", (request, reply, done) => router(request.raw, reply.raw, done));
    server.get("/livez", () => "host");
    onTestFinished(() => server.close());
    const address = await server.listen({ host: "127.0.0.1", port: 0 });
    const hono = new Hono<{ Bindings: HttpBindings }>();
    hono.use(
      ({ env }, next) =>
        new Promise((resolve) => {
          env.outgoing.once("finish", () => resolve(RESPONSE_ALREADY_SENT));
          router(env.incoming, env.outgoing, () => resolve(next()));
        }),
    );
    hono.get("/livez", (context) => context.text("host"));
    const onHono = await listen(getRequestListener((request, env) => hono.fetch(request, env)));
    for (const each of [base, address, onHono]) {
      expect(await (await fetch(`${each}/internal/livez`)).text()).toBe("ok");
      expect(await (await fetch(`${each}/livez`)).text()).toBe("host");
      const page = await fetch(`${each}/internal`, { redirect: "manual" });
      expect(page.headers.get("location")).toBe("/internal/");
    }
  });

  it("leaves the host its own page at the root", async () => {
    const health = await start();
    const router = health.router();
    const base = await listen((request, response) => router(request, response, () => response.end("host")));
    expect(await (await fetch(`${base}/`)).text()).toBe("host");
    expect(await (await fetch(`${base}/livez`)).text()).toBe("ok");
  });
});

describe("a registry of prom-client", () => {
  it("has the metrics until the end", async () => {
    const registry = new PromRegistry();
    const health = await start({ registry });
    expect(await registry.metrics()).toContain('gpu_health_component_status{component="readiness",status="healthy"} 1');
    expect(await registry.metrics()).not.toContain("process_cpu_seconds_total");
    await health.close();
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  it("is for one instance at a time, and stays as it was where that fails", async () => {
    const registry = new PromRegistry();
    await start({ registry });
    const names = registry.getMetricsAsArray().map(({ name }) => name);
    await expect(start({ registry })).rejects.toThrow("has already been registered");
    expect(registry.getMetricsAsArray().map(({ name }) => name)).toEqual(names);
  });
});
