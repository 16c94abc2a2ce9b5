import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { quickGpus } from "./support/configurations.js";
import { eventually } from "./support/eventually.js";
import { get, request } from "./support/http.js";
import { simulatorPath } from "./support/paths.js";
import {
  gpuHealth,
  type Server,
  serveArguments,
  startServer,
  startServingServer,
  temporaryFile,
  terminatedByItsFolder,
} from "./support/program.js";
import { connectRaw, frame, healthCheckRequest, servingStatus, statusesIn } from "./support/raw-grpc.js";
import { Watcher } from "./support/watcher.js";

const { serving, notServing } = servingStatus;
const grpcUnavailable = 14;

async function startWithDrain(delay: string, deadline = "20s"): Promise<Server> {
  const config = quickGpus.replace("delay: 500ms", `delay: ${delay}, deadline: ${deadline}`);
  return startServingServer({ config, simulate: "h200x1" });
}

describe("SIGTERM", () => {
  it("turns traffic away at once, ends the streams after the drain delay, and ends with 0", async () => {
    const drainDelayMs = 3000;
    const server = await startWithDrain(`${drainDelayMs}ms`);
    const watchers = ["inference", "liveness", ""].map((service) => new Watcher(server.grpc, service));
    await eventually(() => expect(watchers.map((each) => each.statuses)).toEqual([[serving], [serving], [serving]]));

    const startedAtMs = performance.now();
    let streamsEndedAtMs = Number.POSITIVE_INFINITY;
    void Promise.race(watchers.map((each) => each.end)).then(() => {
      streamsEndedAtMs = performance.now();
    });
    server.terminate();
    const told = [serving, notServing];
    await eventually(() => expect(watchers.map((each) => each.statuses)).toEqual([told, told, told]));
    const readyz = await get(server.http, "/readyz");
    expect(readyz.status).toBe(503);
    expect(readyz.text).toContain("shutting_down");
    expect((await get(server.http, "/livez")).status).toBe(200);

    expect(await server.end()).toEqual({ code: 0, signal: null });
    expect(streamsEndedAtMs - startedAtMs).toBeGreaterThanOrEqual(drainDelayMs);
    for (const { end } of watchers) expect((await end).grpcStatus).toBe(grpcUnavailable);
  });

  it("a second time ends it at once", async () => {
    const server = await startWithDrain("10m", "11m");
    server.terminate();
    await eventually(async () => expect((await get(server.http, "/readyz")).status).toBe(503));
    server.terminate();
    const exit = await server.end();
    expect(exit.code).not.toBe(0);
  });

  it("leaves no simulated GPUs behind, however early it comes", async () => {
    const directory = dirname(temporaryFile("folder"));
    const args = serveArguments({ config: "drain: { delay: 0s }\n", simulate: "h200x1" });
    const outcome = await gpuHealth(args, { env: terminatedByItsFolder(directory) });
    expect(outcome).toMatchObject({ code: 0, signal: null });
    expect(outcome.stdout).toContain('"event":"simulated"');
    expect(readdirSync(directory)).toEqual([]);
  });

  it("does not wait for clients that keep their connections open", async () => {
    const server = await startWithDrain("100ms");
    const idle = connectRaw(server.grpc);
    await idle.call("Check", frame(healthCheckRequest("")));
    server.terminate();
    expect(await server.end()).toEqual({ code: 0, signal: null });
  });

  it("does not wait for a client that never closes its connection", async () => {
    const server = await startWithDrain("100ms");
    const [host, port] = server.grpc.split(":");
    const silent = connect({ host, port: Number(port), allowHalfOpen: true })
      .resume()
      .on("error", () => {});
    await check(server, "");
    server.terminate();
    expect(await server.end()).toEqual({ code: 0, signal: null });
    expect(server.log()).toContainEqual(expect.objectContaining({ event: "stopped" }));
    silent.destroy();
  });

  it("does not wait for a file that nobody will ever let it read", async () => {
    const pipe = temporaryFile("pipe");
    execFileSync("mkfifo", [pipe]);
    const config = `${quickGpus.replace(
      "checks:",
      `checks:
  secret: { type: http, url: "http://127.0.0.1:1", headers: { a: "file:${pipe}" }, interval: 500ms, timeout: 100ms }`,
    )}`;
    const server = await startServer({ config, simulate: "h200x1" });
    await eventually(async () => expect((await get(server.http, "/health")).text).toContain("the work does not end"));
    server.terminate();
    expect(await server.end()).toEqual({ code: 0, signal: null });
  });

  it("is warned of at the start, where the kubelet would end the drain", async () => {
    const env = { GPU_HEALTH_TERMINATION_GRACE_PERIOD_SECONDS: "3" };
    const server = await startServer({ config: "gpu: { mode: off }\ndrain: { delay: 5s }\n", env });
    const warning = { event: "grace_period_too_short", msg: expect.stringContaining("3 s after SIGTERM") };
    await eventually(() => expect(server.log()).toContainEqual(expect.objectContaining(warning)));
    await server.kill();
  });

  it("removes its Unix socket", async () => {
    const socket = temporaryFile("health.sock");
    const config = `grpc: { listen: "unix:${socket}" }\n${quickGpus}`;
    const server = await startServingServer({ config, simulate: "h200x1", configuredListeners: ["grpc"] });
    expect(existsSync(socket)).toBe(true);
    server.terminate();
    expect(await server.end()).toEqual({ code: 0, signal: null });
    expect(existsSync(socket)).toBe(false);
  });
});

describe("while NVML hangs", () => {
  const stallSoon = quickGpus.replace("interval: 100ms }", "interval: 100ms, stallAfter: 300ms }");

  it("says so, goes on serving, and ends on SIGTERM", async () => {
    const server = await startServingServer({ config: stallSoon, simulate: "h200x2" });
    await server.drill("hang", "--gpu", "0");
    await eventually(async () => expect((await get(server.http, "/readyz")).text).toContain("gpu/0"));
    const [hung, other] = await Promise.all(["gpu/0", "gpu/1"].map((name) => check(server, name)));
    expect({ hung, other }).toEqual({ hung: notServing, other: serving });

    server.terminate();
    expect(await server.end()).toEqual({ code: 0, signal: null });
  });

  it("ends on SIGTERM even when the driver would block the exit of the process", async () => {
    const state = temporaryFile("state", "model = h200\ncount = 2\nhang.mode = global\ngpu.0.hang.* = true\n");
    const config = stallSoon.replace("gpu: {", `gpu: { library: "${simulatorPath}",`);
    const server = await startServer({ config, env: { NVML_SIMULATOR_STATE: state } });
    await eventually(async () => expect((await get(server.http, "/readyz")).text).toMatch(/stall|hang|hung/));
    server.terminate();
    expect(await server.end()).toEqual({ code: 0, signal: null });
  });

  it("ends on SIGTERM while NVML has not even started", async () => {
    const state = temporaryFile("state", "model = h200\nhang.nvmlInit_v2 = true\n");
    const config = stallSoon.replace("gpu: {", `gpu: { library: "${simulatorPath}",`);
    const server = await startServer({ config, env: { NVML_SIMULATOR_STATE: state } });
    expect((await get(server.http, "/readyz")).status).toBe(503);
    expect((await get(server.http, "/livez")).status).toBe(200);
    server.terminate();
    expect(await server.end()).toEqual({ code: 0, signal: null });
  });
});

describe("standard output that nobody reads", () => {
  it("does not stop the server", async () => {
    const server = await startServingServer({ config: quickGpus, simulate: "h200x1" });
    server.process.stopReading();
    // Each drain gives log lines; once the pipe and the server's own buffer are full, it has to drop some.
    await eventually(async () => {
      for (let flap = 0; flap < 100; flap += 1) {
        await request(server.admin, "POST", "/admin/drain", { message: "x".repeat(500) });
        await request(server.admin, "POST", "/admin/undrain");
      }
      expect((await get(server.http, "/metrics")).text).toMatch(/^gpu_health_log_lines_dropped_total [1-9]/m);
    });
    expect((await get(server.http, "/readyz")).status).toBe(200);
    expect(await check(server, "inference")).toBe(serving);
    server.terminate();
    expect(await server.end()).toEqual({ code: 0, signal: null });
  });
});

async function check(server: Server, service: string): Promise<number | undefined> {
  const client = connectRaw(server.grpc);
  const { body } = await client.call("Check", frame(healthCheckRequest(service)));
  client.session.destroy();
  return statusesIn(body)[0];
}
