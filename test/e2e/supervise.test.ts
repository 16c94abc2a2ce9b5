import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { eventually } from "./support/eventually.js";
import { freePort } from "./support/free-port.js";
import { get, request } from "./support/http.js";
import { gpuHealth, type LogLine, type Server, startGpuHealth, startServer, temporaryFile } from "./support/program.js";

/** A program that serves HTTP once it has started, and names its process. It obeys SIGTERM, unless told otherwise. */
const service = (port: number, more = ""): string =>
  `const { createServer } = require("node:http"); ${more}
createServer((request, response) => response.end(String(process.pid))).listen(${port}, "127.0.0.1");
console.log("service " + process.pid);`;

const program = (port: number, more?: string): readonly string[] => [process.execPath, "-e", service(port, more)];

const pidOf = async (port: number): Promise<number> => Number((await get(`127.0.0.1:${port}`, "/")).text);

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.[0] !== "Z";
  } catch {
    return false;
  }
};

const events = (server: Server, ...names: readonly string[]): readonly LogLine[] =>
  server
    .log()
    .filter((line) => "event" in line)
    .filter(({ event }) => names.includes(String(event)));

/** A server's log without what its programs print, which comes in between. */
async function startSupervising(config: string): Promise<Server> {
  return startServer({ config: `drain: { delay: 100ms }\n${config}` });
}

const quick = "interval: 100ms, timeout: 100ms, failureThreshold: 1";

describe("a supervised program", () => {
  it("is back in service within 30 s of a crash, on the defaults", async () => {
    const port = await freePort();
    const [runtime, ...args] = program(port);
    const serving = startGpuHealth([
      "supervise",
      ...["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--", String(runtime), ...args],
    ]);
    const first = await eventually(() => pidOf(port));
    const ready = await serving.until(() => serving.lines().find((line) => line.includes('"event":"ready"')));
    const [http = ""] = (JSON.parse(ready) as { http: readonly string[] }).http;
    // What it prints is passed on.
    await eventually(() => expect(serving.stdout).toContain(`service ${first}\n`));
    const component = async (): Promise<string> => (await get(http, "/health")).text;
    await eventually(async () => expect(await component()).toContain('"supervise/child"'));

    process.kill(first, "SIGSEGV");
    const crashedAtMs = performance.now();
    await eventually(async () => {
      const readyz = await get(http, "/readyz");
      expect(readyz.text).toMatch(/not_running|restarting/);
      expect(readyz.status).toBe(503);
    });
    const second = await eventually(() => pidOf(port), 30_000);
    const outageMs = performance.now() - crashedAtMs;
    console.info(`a crashed program was back in service after ${Math.round(outageMs)} ms`);
    expect(second).not.toBe(first);
    expect(outageMs).toBeLessThan(30_000);
    expect(isRunning(first)).toBe(false);
    expect(serving.stdout).toContain('"event":"restart_due"');

    serving.signal("SIGTERM");
    expect(await serving.end(30_000)).toEqual({ code: 0, signal: null });
    expect(isRunning(second)).toBe(false);
  });

  it("is restarted when its component fails, with all that it started, and is killed when it ignores SIGTERM", async () => {
    const port = await freePort();
    const helper = temporaryFile("helper.pid");
    const stubborn = `process.on("SIGTERM", () => {});
const helper = require("node:child_process").spawn("sleep", ["1000"]);
require("node:fs").writeFileSync(${JSON.stringify(helper)}, String(helper.pid));`;
    const flag = temporaryFile("flag", "");
    const server = await startSupervising(`
checks:
  model: { type: file, path: ${flag}, ${quick} }
components:
  engine: { critical: [model] }
supervise:
  engine:
    run: ${JSON.stringify(program(port, stubborn))}
    component: engine
    grace: 0s
    backoff: 200ms
    stopTimeout: 500ms
`);
    const first = await eventually(() => pidOf(port));
    const firstHelper = Number(readFileSync(helper, "utf8"));
    rmSync(flag);
    await eventually(() => expect(server.process.stdout).toContain('"event":"restart_due"'));
    await eventually(() => expect(isRunning(first)).toBe(false));
    writeFileSync(flag, "");
    const second = await eventually(() => pidOf(port));
    expect(second).not.toBe(first);
    expect(isRunning(firstHelper)).toBe(false);
    const metrics = (await get(server.http, "/metrics")).text;
    expect(metrics).toMatch(/gpu_health_supervise_restarts_total\{supervised="engine",outcome="done"\} [12]/);
    server.terminate();
    await server.end();
    await eventually(() => expect(isRunning(second)).toBe(false));
  });

  it("is given up loudly when it crashes again and again", async () => {
    const server = await startSupervising(`
checks: {}
supervise:
  broken: { run: [sh, -c, "exit 3"], backoff: 100ms, maxRestarts: 2 }
`);
    await eventually(() => {
      const [line] = events(server, "restart_given_up");
      expect(line).toMatchObject({ level: "error", supervised: "broken" });
      expect(line?.msg).toMatch(/^sh ended with exit code 3; sh was restarted 2 times within 10 min/);
    });
    expect(events(server, "restarted")).toHaveLength(2);
    await eventually(async () => expect((await get(server.http, "/readyz")).text).toContain("gave_up"));
    const metrics = (await get(server.http, "/metrics")).text;
    expect(metrics).toContain('gpu_health_supervise_gave_up{supervised="broken"} 1');
  });

  it("is left alone where a restart mends nothing: its dependency fails, or its GPU is broken", async () => {
    const [file, database] = [temporaryFile("flag", ""), temporaryFile("database", "")];
    const restarted = temporaryFile("restarted");
    const config = `
drain: { delay: 100ms }
gpu: { interval: 100ms }
checks:
  gpu: { type: gpu, interval: 100ms }
  database: { type: file, path: ${database}, ${quick} }
  model: { type: file, path: ${file}, ${quick}, dependsOn: [database] }
components:
  inference: { critical: [model, gpu] }
supervise:
  engine: { command: [touch, ${restarted}], component: inference, grace: 0s, backoff: 100ms, failures: 2 }
`;
    const server = await startServer({ config, simulate: "h200x1" });
    const held = (): readonly unknown[] => events(server, "restart_held").map(({ reason }) => reason);
    await eventually(async () => expect((await get(server.http, "/readyz")).status).toBe(200));
    rmSync(database);
    rmSync(file);
    await eventually(() => expect(held()).toEqual(["dependency_fails"]));
    await server.drill("xid", "79", "--gpu", "0");
    await eventually(() => expect(held()).toEqual(["dependency_fails", "restart_cannot_mend"]));
    writeFileSync(database, "");
    await eventually(async () => expect((await get(server.http, "/health")).text).toContain("xid_79"));
    expect(() => readFileSync(restarted)).toThrow("ENOENT");
    expect((await request(server.admin, "POST", "/admin/gpus/0/acknowledge")).status).toBe(200);
    await eventually(() => expect(readFileSync(restarted, "utf8")).toBe(""));
  });

  it("is only talked about in a dry run", async () => {
    const restarted = temporaryFile("restarted");
    const server = await startSupervising(`
checks:
  model: { type: file, path: ${temporaryFile("absent")}, ${quick} }
components:
  engine: { critical: [model] }
supervise:
  engine: { command: [touch, ${restarted}], component: engine, grace: 0s, backoff: 100ms, failures: 2, dryRun: true }
`);
    await eventually(() => expect(events(server, "restart_dry_run").length).toBeGreaterThan(0));
    expect(() => readFileSync(restarted)).toThrow("ENOENT");
  });

  it("that cannot be started keeps the server from starting", async () => {
    const anyPorts = ["grpc", "http", "admin"].flatMap((listener) => [`--${listener}`, "127.0.0.1:0"]);
    const outcome = await gpuHealth(["supervise", ...anyPorts, "--", "/no/such"]);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain("supervise.child: /no/such cannot be started");
  });
});
