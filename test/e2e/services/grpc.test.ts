import { beforeAll, describe, expect, it } from "vitest";
import type { Result } from "../../../src/core/result.js";
import { createCheck, runOnce } from "../../support/run-check.js";
import { fillFirstGpu, quickGpus } from "../support/configurations.js";
import { eventually } from "../support/eventually.js";
import { freePort } from "../support/free-port.js";
import { get } from "../support/http.js";
import { inRepository } from "../support/paths.js";
import { type RunningProcess, start } from "../support/processes.js";
import { type Server, startServingServer } from "../support/program.js";
import { servingStatus } from "../support/raw-grpc.js";
import { describeWith, toolPath } from "../support/tools.js";
import { Watcher } from "../support/watcher.js";

const { serving, notServing } = servingStatus;

const check = (address: string, options: object = {}, signal?: AbortSignal): Promise<Result> =>
  runOnce(createCheck("grpc", { address, ...options }), signal);

/** A server whose one component follows a grpc check, with an interval in which nothing but news can be seen. */
const startFollower = (address: string, options = ""): Promise<Server> =>
  startServingServer({
    config: `
gpu: { mode: off }
checks:
  other: { type: grpc, address: "${address}", service: inference, interval: 60s, timeout: 5s${options} }
components: { follower: { critical: [other] } }
`,
  });

describe("grpc check of our own server", () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServingServer({ config: quickGpus, simulate: "h200x1" });
  });

  it("tells its names apart", async () => {
    expect(await check(server.grpc)).toMatchObject({ status: "healthy" });
    expect(await check(server.grpc, { service: "inference" })).toMatchObject({ status: "healthy" });
    expect(await check(server.grpc, { service: "nobody" })).toMatchObject({ reason: "service_not_found" });
  });

  it("follows a drill at once by Watch, long before the next run", async () => {
    const follower = await startFollower(server.grpc, ", mode: watch");
    const watcher = new Watcher(follower.grpc, "follower");
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
    await server.drill(...fillFirstGpu);
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(notServing));
    expect((await get(follower.http, "/readyz")).text).toContain("not_serving");
    await server.drill("reset");
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
    await follower.kill();
  });
});

describeWith(["python"], "grpc check of Python's grpcio", () => {
  let address: string;
  let python: RunningProcess;

  async function startPython(): Promise<void> {
    python = start(toolPath("python"), [inRepository("test/e2e/python/health_server.py"), address]);
    await python.until(() => (python.lines().includes("listening") ? true : undefined));
    await set("inference SERVING");
  }
  async function set(line: string): Promise<void> {
    const before = python.lines().length;
    python.send(line);
    await python.until(() => (python.lines().length > before ? true : undefined));
  }

  beforeAll(async () => {
    address = `127.0.0.1:${await freePort()}`;
    await startPython();
  });

  it("tells statuses and names apart", async () => {
    expect(await check(address)).toMatchObject({ status: "healthy" });
    await set("embedding NOT_SERVING");
    expect(await check(address, { service: "embedding" })).toMatchObject({ reason: "not_serving" });
    await set("embedding UNKNOWN");
    expect(await check(address, { service: "embedding" })).toMatchObject({ reason: "status_unknown" });
    expect(await check(address, { service: "nobody" })).toMatchObject({ reason: "service_not_found" });
  });

  it("ends at the deadline while it is frozen", async () => {
    python.signal("SIGSTOP");
    const frozen = await check(address, {}, AbortSignal.timeout(300));
    python.signal("SIGCONT");
    expect(frozen).toMatchObject({ status: "unhealthy", reason: "timeout" });
    await eventually(async () => expect(await check(address)).toMatchObject({ status: "healthy" }));
  });

  it("follows it by Watch through a status, an end and a new start", async () => {
    const follower = await startFollower(address, ", mode: watch, failureThreshold: 1");
    const watcher = new Watcher(follower.grpc, "follower");
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
    await set("inference NOT_SERVING");
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(notServing));
    await set("inference SERVING");
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
    await python.kill();
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(notServing));
    // A connection made while the kernel takes the process down is reset.
    expect((await get(follower.http, "/readyz")).text).toMatch(/connection_(refused|reset)/);
    await startPython();
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
    await follower.kill();
  });
});
