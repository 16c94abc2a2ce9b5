import { describe, expect, it } from "vitest";
import { goodGpu, lowMemory } from "../../support/gpu-registry.js";
import { httpApp } from "./app.js";

const degradedCache = { status: "unhealthy", reason: "connection_refused", message: "nobody listens" } as const;

describe("/readyz", () => {
  it.each(["/readyz", "/ready", "/health/ready"])("%s is 200 when traffic may flow", async (path) => {
    const { gpus, get } = httpApp();
    gpus.publishGpus(goodGpu);
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "ready" });
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  it("is 503 with the reason, what to do, and each failing component once", async () => {
    const { gpus, get } = httpApp();
    gpus.publishGpus(lowMemory, goodGpu);
    const response = await get("/readyz");
    expect(response.status).toBe(503);
    const failing = {
      status: "unhealthy",
      reason: "insufficient_gpu_memory",
      message: "0.3 GiB free on gpu/0, 2 GiB needed",
      remedy: "free GPU memory or lower minFreeMemory",
      check: "gpu",
      subject: "gpu/0",
      since: "2026-01-01T00:00:00.000Z",
    };
    expect(await response.json()).toEqual({
      status: "not_ready",
      reason: "insufficient_gpu_memory: 0.3 GiB free on gpu/0, 2 GiB needed",
      remedy: "free GPU memory or lower minFreeMemory",
      check: "gpu",
      subject: "gpu/0",
      components: {
        gpu: failing,
        "gpu/0": failing,
        liveness: expect.objectContaining({ status: "unknown", reason: "not_checked_yet" }),
      },
    });
  });

  it("is 503 before the first answer: no data is never healthy", async () => {
    const response = await httpApp().get("/readyz");
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      status: "not_ready",
      reason: "not_checked_yet: check gpu has not answered yet",
    });
  });

  it("is 200 with x-envoy-degraded and the reason when degraded", async () => {
    const { gpus, get } = httpApp();
    gpus.publishGpus(goodGpu);
    gpus.publish("cache", degradedCache);
    const response = await get("/readyz");
    expect(response.status).toBe(200);
    expect(response.headers.get("x-envoy-degraded")).toBe("true");
    expect(await response.json()).toMatchObject({
      status: "degraded",
      reason: "connection_refused: nobody listens",
    });
  });

  it("tells Envoy to take the host out at once when it leaves on purpose, not when it fails", async () => {
    const { gpus, get } = httpApp();
    const header = async (): Promise<string | null> =>
      (await get("/readyz")).headers.get("x-envoy-immediate-health-check-fail");
    gpus.publishGpus(lowMemory);
    expect(await header()).toBeNull();
    gpus.publishGpus(goodGpu);
    expect(await header()).toBeNull();
    gpus.registry.drain("kernel update");
    expect(await header()).toBe("true");
    expect(await (await get("/readyz")).json()).toMatchObject({ reason: "draining: kernel update" });
    gpus.registry.undrain();
    expect(await header()).toBeNull();
    gpus.registry.shutdown("SIGTERM");
    expect(await header()).toBe("true");
  });

  it("answers HEAD with the status and no body", async () => {
    const { gpus, app } = httpApp();
    gpus.publishGpus(lowMemory);
    const response = await app.request("/readyz", { method: "HEAD" });
    expect(response.status).toBe(503);
    expect(await response.text()).toBe("");
  });
});

describe("/livez", () => {
  it.each(["/livez", "/healthz", "/health/live"])("%s says ok, also before the first check", async (path) => {
    const { gpus, get } = httpApp();
    expect(await (await get(path)).text()).toBe("ok");
    gpus.publish("event-loop", { status: "healthy", reason: "ok", message: "1 ms" });
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("ok");
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  });

  it("is 503 with the reason when the event loop is stuck, and during a drain too", async () => {
    const { gpus, get } = httpApp();
    gpus.publish("event-loop", { status: "unhealthy", reason: "event_loop_delayed", message: "4 s late, 1 s allowed" });
    expect((await get("/livez")).status).toBe(503);
    gpus.registry.shutdown("SIGTERM");
    const response = await get("/livez");
    expect(response.status).toBe(503);
    expect(await response.text()).toBe("event_loop_delayed: 4 s late, 1 s allowed");
  });

  it("stays ok whatever the GPUs, a drain and a shutdown do: nothing of that is mended by killing the process", async () => {
    const { gpus, get } = httpApp();
    gpus.publish("event-loop", { status: "healthy", reason: "ok", message: "1 ms" });
    gpus.publishGpus(lowMemory);
    expect((await get("/livez")).status).toBe(200);
    gpus.registry.drain("kernel update");
    expect((await get("/livez")).status).toBe(200);
    gpus.registry.shutdown("SIGTERM");
    expect((await get("/livez")).status).toBe(200);
  });
});

describe("/startupz", () => {
  it.each(["/startupz", "/health/startup"])("%s is 503 until readiness was reached once", async (path) => {
    const { gpus, get } = httpApp();
    expect((await get(path)).status).toBe(503);
    gpus.publishGpus(goodGpu);
    expect((await get(path)).status).toBe(200);
    gpus.publishGpus(lowMemory);
    expect((await get(path)).status).toBe(200);
  });
});

describe("all endpoints", () => {
  it("counts probes by question and answer", async () => {
    const { gpus, get, probeCounts } = httpApp();
    await get("/readyz");
    gpus.publishGpus(goodGpu);
    for (const path of ["/ready", "/readyz", "/livez", "/startupz", "/health", "/", "/metrics"]) await get(path);
    expect([...probeCounts]).toEqual([
      { kind: "http_readyz", result: "unknown", count: 1 },
      { kind: "http_readyz", result: "serving", count: 2 },
      { kind: "http_livez", result: "serving", count: 1 },
      { kind: "http_startupz", result: "serving", count: 1 },
      { kind: "http_health", result: "serving", count: 1 },
    ]);
  });

  it("answers an unknown path with 404 and the paths that there are", async () => {
    const response = await httpApp().get("/readyzz");
    expect(response.status).toBe(404);
    const body = (await response.json()) as { endpoints: string[] };
    expect(body.endpoints).toContain("GET /readyz: 200 while traffic may flow, else 503 with the reason");
  });

  it.each(["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])(
    "answers %s with 405, never with a success",
    async (method) => {
      const response = await httpApp().app.request("/readyz", { method });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe("GET, HEAD");
    },
  );

  it("passes the metrics on, and answers 500 without details where they fail", async () => {
    const { get, metrics, errors } = httpApp();
    const response = await get("/metrics");
    expect([response.status, await response.text()]).toEqual([200, "up 1\n"]);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4");
    metrics.text = async () => {
      throw new Error("secret detail");
    };
    const failed = await get("/metrics");
    expect(failed.status).toBe(500);
    expect(await failed.text()).not.toContain("secret detail");
    expect(errors).toEqual([new Error("secret detail")]);
  });
});
