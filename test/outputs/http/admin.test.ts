import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { maxComponentNameBytes } from "../../../src/core/component.js";
import type { ReloadOutcome } from "../../../src/core/reload.js";
import { createAdminServer } from "../../../src/outputs/http/admin-server.js";
import { accessTo } from "../../support/access.js";
import { GpuRegistry, goodGpu } from "../../support/gpu-registry.js";

const json = { "content-type": "application/json" };

const running: { stop(deadlineMs: number): Promise<void> }[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop(0);
});

/** The admin server on a port of the system's choice. */
async function adminServer({
  isSimulated = true,
  readToken,
  address: listenAddress = "127.0.0.1:0",
}: {
  isSimulated?: boolean;
  readToken?: () => Promise<string>;
  address?: string;
} = {}) {
  const gpus = new GpuRegistry();
  const { registry } = gpus;
  gpus.publishGpus(goodGpu);
  const calls: unknown[] = [];
  const requests: unknown[] = [];
  const reload: { outcome: ReloadOutcome } = { outcome: { ok: true, restartNeeded: ["http.listen"] } };
  const server = createAdminServer({
    registry,
    ...accessTo(listenAddress),
    readToken,
    onListenerEvent: (...event) => calls.push(event),
    reload: async () => reload.outcome,
    drill: isSimulated
      ? async (body) => {
          calls.push(body);
          return body.kind === "memory"
            ? { ok: true, state: { "gpu.0.memory.free": "300MiB" } }
            : { ok: false, status: 400, message: "no such drill" };
        }
      : undefined,
    acknowledge: (index, fault) => {
      calls.push([index, fault]);
      return index === 0 ? { ok: true, cleared: ["xid_79"] } : { ok: false, status: 404, message: "there is no gpu/7" };
    },
    reportComponent: (name, report) => {
      calls.push([name, report]);
      return name === "gpu/0" ? { ok: false, status: 409, message: "gpu/0 is built in" } : { ok: true };
    },
    removeComponent: (name) =>
      name === "engine" ? { ok: true } : { ok: false, status: 404, message: `nobody reported ${name}` },
    receiveHeartbeat: (name, report) => {
      calls.push([name, report]);
      return name === "model" ? { ok: true } : { ok: false, status: 404, message: `there is no check ${name}` };
    },
    onError: (error) => calls.push(error),
    onRequest: (request) => requests.push(request),
  });
  running.push(server);
  const [address] = await server.start();
  const request = (path: string, init?: RequestInit): Promise<Response> => fetch(`http://${address}${path}`, init);
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = json) => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body), headers };
    const response = await request(path, init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { address, request, registry, calls, requests, reload, send };
}

describe("drain", () => {
  it("needs no body, as in curl -X POST", async () => {
    const { send, registry } = await adminServer();
    expect(await send("POST", "/admin/drain")).toEqual({
      status: 200,
      body: {
        draining: true,
        reason: "draining",
        message: "drained through the admin interface",
        since: "2026-01-01T00:00:00.000Z",
      },
    });
    expect(registry.get("readiness")).toMatchObject({ serving: "NOT_SERVING", reason: "draining" });
    expect(await send("POST", "/admin/undrain")).toEqual({ status: 200, body: { draining: false } });
    expect(registry.get("readiness")).toMatchObject({ serving: "SERVING" });
  });

  it("takes the reason for people", async () => {
    const { send, registry } = await adminServer();
    await send("POST", "/admin/drain", { message: "kernel update" });
    expect(registry.get("readiness")).toMatchObject({ message: "kernel update" });
  });

  it("cannot be undone once the process shuts down", async () => {
    const { send, registry } = await adminServer();
    registry.shutdown("SIGTERM");
    const { status, body } = await send("POST", "/admin/undrain");
    expect(status).toBe(409);
    expect(body).toMatchObject({ error: "the process is shutting down; that cannot be undone", draining: true });
  });
});

describe("a token", () => {
  const bearing = (token: string) => ({ ...json, authorization: `Bearer ${token}` });

  it("is asked of every request, before anything else is said of it", async () => {
    const { send, request, registry, calls } = await adminServer({ readToken: async () => "open sesame" });
    for (const headers of [json, bearing("open"), bearing("open sesame!"), { ...json, authorization: "open sesame" }]) {
      expect((await send("POST", "/admin/drain", { message: "x" }, headers)).status).toBe(401);
    }
    expect((await request("/admin/nothing")).status).toBe(401);
    expect(registry.drainState).toBeUndefined();
    expect(calls).toHaveLength(5);
    expect(calls[0]).toEqual(["admin", expect.any(String), { kind: "unauthorized", peer: "127.0.0.1" }]);
    expect(JSON.stringify(calls)).not.toContain("sesame");
    expect((await send("POST", "/admin/drain", { message: "x" }, bearing("open sesame"))).status).toBe(200);
  });

  it("that cannot be read lets nobody in", async () => {
    const readToken = async (): Promise<string> => {
      throw new Error("the secret in /x cannot be read (ENOENT)");
    };
    const { send, calls } = await adminServer({ readToken });
    expect((await send("POST", "/admin/drain", {}, bearing("x"))).status).toBe(503);
    expect(calls).toEqual([expect.objectContaining({ message: expect.stringContaining("/x") })]);
  });
});

describe("requests that are refused", () => {
  it.each([
    ["a cross-site form", { origin: "https://evil.example", "content-type": "text/plain" }],
    ["a sandboxed page", { origin: "null" }],
    ["a page of a rebound name", { origin: "http://127.0.0.1:9092", ...json }],
    ["a browser that sends no origin", { "sec-fetch-site": "same-origin" }],
  ])("403: %s", async (_, headers) => {
    const { request, registry } = await adminServer();
    const response = await request("/admin/drain", { method: "POST", headers });
    expect(response.status).toBe(403);
    expect(registry.drainState).toBeUndefined();
  });

  it("415: a body that does not say it is JSON", async () => {
    const { send, registry } = await adminServer();
    const { status, body } = await send(
      "POST",
      "/admin/drain",
      { message: "x" },
      {
        "content-type": "application/x-www-form-urlencoded",
      },
    );
    expect([status, body.error]).toEqual([
      415,
      "the body must be JSON: send the header «content-type: application/json»",
    ]);
    expect(registry.drainState).toBeUndefined();
  });

  it("413: a body over 64 KiB, with its length and without", async () => {
    const { request } = await adminServer();
    const body = JSON.stringify({ message: "x".repeat(70_000) });
    expect((await request("/admin/drain", { method: "POST", body, headers: json })).status).toBe(413);
    const stream = new Blob([body]).stream();
    const init = { method: "POST", body: stream, headers: json, duplex: "half" } as RequestInit;
    expect((await request("/admin/drain", init)).status).toBe(413);
  });

  it("400: a body that is no JSON, or has unknown or wrong fields, each named", async () => {
    const { request, send } = await adminServer();
    const broken = await request("/admin/drain", { method: "POST", body: "{", headers: json });
    expect(broken.status).toBe(400);
    expect(await broken.text()).toContain("the body is no JSON");
    const { status, body } = await send("PUT", "/admin/components/engine", {
      status: "fine",
      reason: "Not Snake",
      message: "two\nlines",
      ttl: "30",
      extra: 1,
    });
    expect(status).toBe(400);
    expect(body.problems).toEqual([
      expect.stringMatching(/^status: /),
      "reason: must be snake_case, such as queue_full",
      "message: must be one line without control characters",
      "ttl: 30 has no unit: write 30s, for instance",
      expect.stringContaining('"extra"'),
    ]);
  });

  it("404 and 405: with what there is", async () => {
    const { request, send } = await adminServer();
    const unknown = await send("POST", "/admin/drian");
    expect(unknown.status).toBe(404);
    expect(unknown.body.endpoints).toContain("POST /admin/undrain: end the drain");
    const wrong = await request("/admin/drain");
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST"]);
    const component = await request("/admin/components/a/b");
    expect([component.status, component.headers.get("allow")]).toEqual([405, "PUT, DELETE"]);
  });
});

describe("reload", () => {
  it("says that it was done, or every error, after which the running configuration stays", async () => {
    const { send, reload } = await adminServer();
    expect(await send("POST", "/admin/reload")).toEqual({
      status: 200,
      body: { reloaded: true, restartNeeded: ["http.listen"] },
    });
    reload.outcome = { ok: false, errors: ["a.yaml:3:5: checks.x: unknown type"] };
    expect(await send("POST", "/admin/reload")).toEqual({
      status: 422,
      body: {
        error: "the configuration was not reloaded; the running one stays in force",
        problems: ["a.yaml:3:5: checks.x: unknown type"],
      },
    });
  });
});

describe("every request", () => {
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  it("that could change something is told of, with the trace that it came with", async () => {
    const { send, request, requests } = await adminServer();
    await send("POST", "/admin/drain", undefined, { traceparent });
    await request("/admin/undrain", { method: "POST", headers: { traceparent } });
    await request("/admin/undrain", { method: "POST", headers: { traceparent: "00-nonsense" } });
    await request("/admin/nothing", { method: "DELETE" });
    await request("/admin/drain", { method: "POST", headers: { origin: "http://evil.example" } });
    await request("/admin");
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    expect(requests).toEqual([
      { method: "POST", path: "/admin/drain", status: 200, traceId: undefined },
      { method: "POST", path: "/admin/undrain", status: 200, traceId },
      { method: "POST", path: "/admin/undrain", status: 200, traceId: undefined },
      { method: "DELETE", path: "/admin/nothing", status: 404, traceId: undefined },
      { method: "POST", path: "/admin/drain", status: 403, traceId: undefined },
    ]);
  });
});

describe("drill", () => {
  it("passes the body on and gives the state, or what is wrong with it", async () => {
    const { send, calls } = await adminServer();
    expect(await send("POST", "/admin/drill", { kind: "memory", gpu: 0 })).toEqual({
      status: 200,
      body: { state: { "gpu.0.memory.free": "300MiB" } },
    });
    expect(calls).toEqual([{ kind: "memory", gpu: 0 }]);
    expect(await send("POST", "/admin/drill", { kind: "?" })).toEqual({
      status: 400,
      body: { error: "no such drill" },
    });
  });

  it("is refused where the GPUs are real", async () => {
    const { send } = await adminServer({ isSimulated: false });
    const { status, body } = await send("POST", "/admin/drill", { kind: "memory" });
    expect(status).toBe(409);
    expect(body.error).toContain("the GPUs are real");
  });
});

describe("acknowledge", () => {
  it("ends the faults of a GPU, all or the named one", async () => {
    const { send, calls } = await adminServer();
    expect(await send("POST", "/admin/gpus/0/acknowledge")).toEqual({
      status: 200,
      body: { gpu: "gpu/0", cleared: ["xid_79"] },
    });
    await send("POST", "/admin/gpus/0/acknowledge", { fault: "xid_79" });
    expect(calls).toEqual([
      [0, undefined],
      [0, "xid_79"],
    ]);
  });

  it("is refused for a GPU that is not there, and for what is no name of a fault", async () => {
    const { send, calls } = await adminServer();
    expect(await send("POST", "/admin/gpus/7/acknowledge")).toEqual({
      status: 404,
      body: { error: "there is no gpu/7" },
    });
    calls.length = 0;
    expect((await send("POST", "/admin/gpus/0/acknowledge", { fault: "XID 79" })).status).toBe(400);
    expect((await send("POST", "/admin/gpus/x/acknowledge")).status).toBe(404);
    expect(calls).toEqual([]);
  });
});

describe("components of programs", () => {
  it("are reported by name, with slashes and dots, and a time to live", async () => {
    const { send, calls } = await adminServer();
    const report = { status: "degraded", reason: "queue_full", message: "2000 wait", ttl: "30s" };
    expect((await send("PUT", "/admin/components/my.package/Engine", report)).status).toBe(200);
    expect(calls).toEqual([
      ["my.package/Engine", { status: "degraded", reason: "queue_full", message: "2000 wait", ttlMs: 30_000 }],
    ]);
  });

  it("need no more than a status", async () => {
    const { send, calls } = await adminServer();
    await send("PUT", "/admin/components/engine", { status: "healthy" });
    await send("PUT", "/admin/components/engine", { status: "unhealthy" });
    await send("PUT", "/admin/components/engine", { status: "unhealthy", reason: "ok" });
    expect(calls).toEqual([
      ["engine", { status: "healthy", reason: "ok", message: "reported as healthy" }],
      ["engine", { status: "unhealthy", reason: "reported_unhealthy", message: "reported as unhealthy" }],
      ["engine", { status: "unhealthy", reason: "reported_unhealthy", message: "reported as unhealthy" }],
    ]);
  });

  it.each(["0s", "1ms", "999ms"])("cannot expire within %s, which nobody would notice in time", async (ttl) => {
    const { send, calls } = await adminServer();
    const { status, body } = await send("PUT", "/admin/components/engine", { status: "healthy", ttl });
    expect([status, body.problems]).toEqual([400, ["ttl: must be at least 1 s"]]);
    await send("PUT", "/admin/components/engine", { status: "healthy", ttl: "1s" });
    expect(calls).toEqual([["engine", expect.objectContaining({ ttlMs: 1000 })]]);
  });

  it.each([
    ["a right-to-left override", "\u202e"],
    ["a right-to-left isolate", "\u2067"],
    ["an Arabic letter mark", "\u061c"],
    ["a line separator", "\u2028"],
    ["a bell", "\u0007"],
  ])("cannot bring %s to a terminal in their message", async (_name, character) => {
    const { send, calls } = await adminServer();
    const report = { status: "healthy", message: `ab${character}c` };
    const { status, body } = await send("PUT", "/admin/components/engine", report);
    expect([status, body.problems]).toEqual([400, ["message: must be one line without control characters"]]);
    expect(calls).toEqual([]);
  });

  it("cannot take a name that is taken or is no name", async () => {
    const { send, calls } = await adminServer();
    expect(await send("PUT", "/admin/components/gpu%2F0", { status: "healthy" })).toEqual({
      status: 409,
      body: { error: "gpu/0 is built in" },
    });
    calls.length = 0;
    for (const name of ["-x", "a%20b", "a%07b", "x".repeat(maxComponentNameBytes + 1)]) {
      expect((await send("PUT", `/admin/components/${name}`, { status: "healthy" })).status).toBe(400);
    }
    expect(calls).toEqual([]);
    const longest = "x".repeat(maxComponentNameBytes);
    expect((await send("PUT", `/admin/components/${longest}`, { status: "healthy" })).status).toBe(200);
  });

  it("can be taken back", async () => {
    const { send } = await adminServer();
    expect(await send("DELETE", "/admin/components/engine")).toEqual({
      status: 200,
      body: { component: "engine", removed: true },
    });
    expect(await send("DELETE", "/admin/components/other")).toEqual({
      status: 404,
      body: { error: "nobody reported other" },
    });
  });
});

it("GET /admin lists what there is", async () => {
  const { send } = await adminServer();
  const { status, body } = await send("GET", "/admin");
  expect(status).toBe(200);
  expect(body.endpoints).toContainEqual({
    method: "DELETE",
    path: "/admin/components/NAME",
    summary: "forget a reported component",
  });
});

describe("heartbeats of programs", () => {
  it("need no body: to be heard of is to be well", async () => {
    const { send, calls } = await adminServer();
    expect(await send("PUT", "/admin/heartbeats/model")).toEqual({
      status: 200,
      body: { check: "model", status: "healthy", reason: "ok", message: "reported as healthy" },
    });
    expect(calls).toEqual([["model", { status: "healthy", reason: "ok", message: "reported as healthy" }]]);
  });

  it("say how the program is, with readings in base units", async () => {
    const { send, calls } = await adminServer();
    const report = {
      status: "degraded",
      reason: "queue_long",
      message: "400 wait",
      readings: { queue_length: 400, queue_wait_seconds: 2.5 },
    };
    expect((await send("PUT", "/admin/heartbeats/model", report)).status).toBe(200);
    expect(calls).toEqual([["model", report]]);
  });

  it.each([
    [
      { readings: { wait_ms: 5 } },
      "readings.wait_ms: must be in base units: give seconds, under a name that ends in _seconds",
    ],
    [{ readings: { "wait seconds": 5 } }, "readings.wait seconds: must be snake_case, such as queue_length"],
    [{ readings: { wait_seconds: "5" } }, "readings.wait_seconds: "],
    [{ readings: { wait_seconds: null } }, "readings.wait_seconds: "],
    [
      { readings: Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`part_${index}`, index])) },
      "readings: must be 20 readings at most",
    ],
    [{ readings: { ["a".repeat(65)]: 1 } }, `readings.${"a".repeat(65)}: `],
    [{ message: "two\nlines" }, "message: must be one line without control characters"],
    [{ message: "🔥".repeat(501) }, "message: must be at most 500 characters"],
    [{ status: "unknown" }, "status: "],
    [{ ttl: "5s" }, 'Unrecognized key: "ttl"'],
  ])("refuses %j", async (body, problem) => {
    const { send, calls } = await adminServer();
    const answer = await send("PUT", "/admin/heartbeats/model", body);
    expect([answer.status, answer.body.problems]).toEqual([400, [expect.stringContaining(problem)]]);
    expect(calls).toEqual([]);
  });

  it("may say as many characters as a person counts", async () => {
    const { send } = await adminServer();
    const { status } = await send("PUT", "/admin/heartbeats/model", { message: "🔥".repeat(500) });
    expect(status).toBe(200);
  });

  it("pass on that there is no such check, and take no name that a check cannot have", async () => {
    const { send } = await adminServer();
    expect(await send("PUT", "/admin/heartbeats/other")).toEqual({
      status: 404,
      body: { error: "there is no check other" },
    });
    expect((await send("PUT", "/admin/heartbeats/Model")).status).toBe(400);
    expect((await send("DELETE", "/admin/heartbeats/model")).status).toBe(405);
  });
});

it("takes any body where nothing in it counts", async () => {
  const { request, registry } = await adminServer();
  registry.drain("driver update");
  expect((await request("/admin/undrain", { method: "POST", body: "reason=done" })).status).toBe(200);
  expect(registry.drainState).toBeUndefined();
});

describe("a request that is cut off", () => {
  const send = (address: string, text: string): Promise<string> =>
    new Promise((resolve) => {
      const [host, port] = address.split(":");
      const socket = connect(Number(port), host);
      let answer = "";
      socket.on("data", (bytes) => {
        answer += bytes.toString();
      });
      socket.on("error", () => {});
      socket.on("close", () => resolve(answer));
      socket.end(text);
    });

  it("changes nothing, and is no failure of the server", async () => {
    const { address = "", registry, calls, requests } = await adminServer();
    registry.drain("driver update");
    const headers = "host: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n";
    await send(address, `POST /admin/undrain HTTP/1.1\r\n${headers}\r\nzz\r\n`);
    await send(
      address,
      `PUT /admin/components/x HTTP/1.1\r\n${headers}content-type: application/json\r\n\r\n5\r\n{"st`,
    );
    expect(registry.drainState).toBeDefined();
    expect(calls).toEqual([]);
    expect(requests).toEqual([expect.objectContaining({ status: 400 }), expect.objectContaining({ status: 400 })]);
  });
});
