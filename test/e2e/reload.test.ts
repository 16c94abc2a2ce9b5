import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { eventually } from "./support/eventually.js";
import { get, request } from "./support/http.js";
import {
  type LogLine,
  type Server,
  startServer,
  startServingServer,
  temporaryFile,
  temporaryFolder,
} from "./support/program.js";
import { servingStatus } from "./support/raw-grpc.js";
import { Watcher } from "./support/watcher.js";

const { serving, notServing, serviceUnknown } = servingStatus;
const quick = "reload: { interval: 100ms }\ngpu: { mode: off }\ndrain: { delay: 0s }\n";

const events = (server: Server, ...names: readonly string[]): readonly LogLine[] =>
  server.log().filter(({ event }) => names.includes(String(event)));

const metric = async (server: Server, name: string): Promise<number> => {
  const { text } = await get(server.http, "/metrics");
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
};

describe("a configuration that changes on disk", () => {
  it("is taken when Kubernetes swaps its symbolic link, and nothing that stays the same notices", async () => {
    const volume = temporaryFolder("volume");
    const publish = (version: string, text: string): void => {
      mkdirSync(join(volume, version));
      writeFileSync(join(volume, version, "gpu-health.yaml"), text);
      symlinkSync(version, join(volume, "..next"));
      renameSync(join(volume, "..next"), join(volume, "..data"));
    };
    const config = (more: string, faults = "{}"): string => `
reload: { interval: 100ms }
drain: { delay: 0s }
gpu: { interval: 100ms, faults: ${faults} }
checks:
  gpu: { type: gpu, interval: 1s }
  loop: { type: heartbeat, ttl: 10m }
components:
  model: { critical: [loop] }
${more}`;
    publish("..1", config(""));
    symlinkSync("..data/gpu-health.yaml", join(volume, "gpu-health.yaml"));
    const server = await startServing(join(volume, "gpu-health.yaml"));
    await server.drill("xid", "79", "--gpu", "0");
    expect((await request(server.admin, "PUT", "/admin/components/mine", { status: "healthy" })).status).toBe(200);
    const watchers = {
      model: new Watcher(server.grpc, "model"),
      mine: new Watcher(server.grpc, "mine"),
      gpu: new Watcher(server.grpc, "gpu/0"),
      other: new Watcher(server.grpc, "gpu/1"),
      later: new Watcher(server.grpc, "later"),
    };
    const told = () => Object.fromEntries(Object.entries(watchers).map(([name, { statuses }]) => [name, statuses]));
    const before = { model: [serving], mine: [serving], gpu: [notServing], other: [serving], later: [serviceUnknown] };
    await eventually(() => expect(told()).toEqual(before));

    publish("..2", config("  later: { critical: [loop] }"));
    await eventually(() => expect(told()).toEqual({ ...before, later: [serviceUnknown, serving] }));
    await eventually(() => expect(events(server, "reloaded")).toMatchObject([{ cause: "file" }]));

    publish("..3", config("  later: { critical: [loop] }", "{ xid_79: { severity: degraded } }"));
    await eventually(() => expect(told()).toMatchObject({ gpu: [notServing, serving], mine: [serving] }));
    expect((await get(server.http, "/health")).text).toContain("xid_79");
  });

  it("keeps the old one while the new one is broken, empty or gone, says so once each, and takes the next good one", async () => {
    const file = temporaryFile("changing.yaml", quick);
    const server = await startServingServer({ configFile: file });
    const watcher = new Watcher(server.grpc, "readiness");
    const startedAt = await metric(server, "gpu_health_config_last_reload_success_timestamp_seconds");
    expect(Math.abs(startedAt - Date.now() / 1000)).toBeLessThan(60);

    const failures = () => events(server, "reload_failed").map(({ errors }) => String(errors));
    writeFileSync(file, "chekcs: {}\n");
    await eventually(() => expect(failures()).toEqual([expect.stringMatching(/changing\.yaml:1:1: .*checks/)]));
    expect(await metric(server, "gpu_health_config_last_reload_successful")).toBe(0);
    expect(JSON.parse((await get(server.http, "/health")).text).configuration).toMatchObject({
      file,
      lastReload: { ok: false, errors: [expect.stringContaining("chekcs")] },
    });
    expect((await get(server.http, "/status")).text).toContain("chekcs");
    rmSync(file);
    await eventually(() => expect(failures().at(-1)).toContain("there is no such file"));
    writeFileSync(file, "");
    await eventually(() => expect(failures().at(-1)).toContain("the file is empty"));
    expect(failures()).toHaveLength(3);
    expect((await get(server.http, "/readyz")).status).toBe(200);

    writeFileSync(file, `${quick}http: { listen: "127.0.0.1:1" }\ngrpc: { maxWatchers: 7 }\n`);
    await eventually(() => expect(events(server, "reloaded")).toHaveLength(1));
    // A flag decides where HTTP listens, before and after.
    const restartNeeded = [{ options: ["grpc.maxWatchers"] }];
    await eventually(() => expect(events(server, "restart_needed")).toMatchObject(restartNeeded));
    expect(await metric(server, "gpu_health_config_last_reload_successful")).toBe(1);
    expect(await metric(server, "gpu_health_config_last_reload_success_timestamp_seconds")).toBeGreaterThan(startedAt);
    expect(watcher.statuses).toEqual([serving]);
  });
});

describe("SIGHUP", () => {
  it("reloads where files are not watched, and does nothing else", async () => {
    const unwatched = quick.replace("interval: 100ms", "watch: false");
    const file = temporaryFile("hangup.yaml", unwatched);
    const server = await startServingServer({ configFile: file });
    const watcher = new Watcher(server.grpc, "new");
    await eventually(() => expect(watcher.statuses).toEqual([serviceUnknown]));
    writeFileSync(
      file,
      `${unwatched}checks: { loop: { type: event-loop } }\ncomponents: { new: { critical: [loop] } }\n`,
    );
    server.process.signal("SIGHUP");
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
    await eventually(() => expect(events(server, "reloaded")).toMatchObject([{ cause: "SIGHUP" }]));
  });

  it("changes how a server drains, and comes too late once it does", async () => {
    const file = temporaryFile("drain.yaml", quick.replace("delay: 0s", "delay: 10m, deadline: 11m"));
    const server = await startServingServer({ configFile: file });
    writeFileSync(file, quick.replace("delay: 0s", "delay: 1s"));
    server.process.signal("SIGHUP");
    await eventually(() => expect(events(server, "reloaded")).toHaveLength(1));
    server.terminate();
    await eventually(() => expect(events(server, "shutdown")).toMatchObject([{ delayMs: 1000 }]));
    server.process.signal("SIGHUP");
    expect(await server.end()).toEqual({ code: 0, signal: null });
    expect(events(server, "reloaded")).toHaveLength(1);
  });
});

async function startServing(configFile: string): Promise<Server> {
  const server = await startServer({ configFile, simulate: "h200x2" });
  expect((await request(server.admin, "PUT", "/admin/heartbeats/loop")).status).toBe(200);
  await eventually(async () => expect((await get(server.http, "/readyz")).status).toBe(200));
  return server;
}
