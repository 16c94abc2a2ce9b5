// The built server, started as a user starts it, on free ports.

import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Child } from "./child.mjs";
import { get, post, put, remove } from "./http.mjs";

const program = fileURLToPath(new URL("../../../dist/program/main.js", import.meta.url));
const inside = fileURLToPath(new URL("inside.mjs", import.meta.url));
const startTimeoutMs = 60_000;

/** Two simulated GPUs, sampled often, and a component that the faults of a case must not touch. */
export const baseConfiguration = {
  gpu: { interval: "250ms" },
  // A connection that broke the protocol is let go when it does not answer a ping.
  grpc: { maxWatchers: 20_000, keepalive: { interval: "2s", timeout: "5s" } },
  drain: { delay: "100ms" },
  checks: { gpu: { type: "gpu", interval: "250ms" }, disk: { type: "disk", interval: "1s" } },
  components: { bystander: { critical: ["gpu", "disk"] } },
};

export class Server {
  #folder;

  constructor(child, folder) {
    this.child = child;
    this.#folder = folder;
    this.configurationFile = join(folder, "gpu-health.yaml");
  }

  /** `log`: "read" (the ready line and nothing after is looked at), "unread" (stays in the pipe) or a file to write to. */
  static async start({ configuration = baseConfiguration, openFiles, log = "read" } = {}) {
    const folder = mkdtempSync(join(tmpdir(), "gpu-health-torture-"));
    const ports = await freePorts();
    const file = join(folder, "gpu-health.yaml");
    writeFileSync(file, JSON.stringify(configuration));
    const limited = openFiles === undefined ? [] : ["prlimit", `--nofile=${openFiles}:${openFiles}`];
    const command = [
      ...[...limited, process.execPath, "--expose-gc", "--import", inside, program, "serve", "-c", file],
      ...["--simulate", "h200x2", "--grpc", ports.grpc, "--http", ports.http, "--admin", ports.admin],
    ];
    const isPiped = log === "read" || log === "unread";
    const stdout = isPiped ? "pipe" : openSync(log, "w");
    const server = new Server(new Child("the server", command, { stdout, env: { TMPDIR: folder } }), folder);
    Object.assign(server, ports);
    if (log === "read") createInterface({ input: server.child.process.stdout }).on("line", () => {});
    await server.#untilReady();
    return server;
  }

  async #untilReady() {
    const giveUpAtMs = performance.now() + startTimeoutMs;
    for (;;) {
      if (this.child.hasEnded) throw this.child.failure("did not start");
      const answer = await get(this.http, "/readyz").catch(() => undefined);
      if (answer?.status === 200) return;
      if (performance.now() > giveUpAtMs) throw this.child.failure(`was not ready: ${answer?.text}`);
      await sleep(50);
    }
  }

  /** What the process holds after garbage collection. */
  held() {
    return this.child.ask("held");
  }

  /** The value of a metric without labels. */
  async metric(name) {
    const { text } = await get(this.http, "/metrics");
    const found = new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1];
    if (found === undefined) throw new Error(`/metrics has no ${name}`);
    return Number(found);
  }

  /** Changes a component that only the torture knows of: `torture`. */
  async setServing(isServing, message = "as told") {
    const report = { status: isServing ? "healthy" : "unhealthy", message };
    const { status, text } = await put(this.admin, "/admin/components/torture", report);
    if (status >= 300) throw new Error(`a report was answered with ${status}: ${text}`);
  }

  /** A component that comes with an unhealthy report and goes again: two changes, with a line of the log each. */
  async comeAndGo(component, message) {
    const path = `/admin/components/${component}`;
    for (const { status, text } of [
      await put(this.admin, path, { status: "unhealthy", message }),
      await remove(this.admin, path),
    ]) {
      if (status >= 300) throw new Error(`a report was answered with ${status}: ${text}`);
    }
  }

  reload() {
    return post(this.admin, "/admin/reload");
  }

  /** SIGTERM, and what the process ended with. */
  async stop() {
    this.child.process.stdout?.resume();
    if (!this.child.hasEnded) this.child.process.kill("SIGTERM");
    const late = setTimeout(() => this.child.process.kill("SIGKILL"), 30_000);
    const exit = await this.child.exited;
    clearTimeout(late);
    rmSync(this.#folder, { recursive: true, force: true });
    return exit;
  }
}

/** The server could choose its ports itself, but a log that nobody reads cannot tell which. */
async function freePorts() {
  const servers = await Promise.all(
    ["grpc", "http", "admin"].map(
      (name) =>
        new Promise((resolve) => {
          const server = createServer().listen(0, "127.0.0.1", () => resolve([name, server]));
        }),
    ),
  );
  const ports = Object.fromEntries(servers.map(([name, server]) => [name, `127.0.0.1:${server.address().port}`]));
  await Promise.all(servers.map(([, server]) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
