import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { eventually } from "./support/eventually.js";
import { freePort } from "./support/free-port.js";
import { get } from "./support/http.js";
import { programPath } from "./support/paths.js";
import { start } from "./support/processes.js";
import { gpuHealth, startGpuHealth, temporaryFile, temporaryFolder } from "./support/program.js";

const seed = 20_261_121;
const rounds = 12;

/** The same numbers from 0 to 1 for the same seed (mulberry32). */
function randomFrom(state: number): () => number {
  let next = state;
  return () => {
    next = (next + 0x6d2b79f5) | 0;
    let mixed = Math.imul(next ^ (next >>> 15), next | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("kill -9", () => {
  it(`leaves nothing that stops the next start, at any of ${rounds} moments (seed ${seed})`, async () => {
    const random = randomFrom(seed);
    const folder = temporaryFolder("killed");
    const socket = join(folder, "health.sock");
    const [http, admin] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
    const config = temporaryFile("killed.yaml", "drain: { delay: 500ms }\n");
    const args = ["serve", "--grpc", `unix:${socket}`, "--http", http, "--admin", admin, "--simulate", "h200x2"];
    const begin = () => startGpuHealth([...args, "-c", config], { env: { TMPDIR: folder } });
    const simulated = (): readonly string[] => readdirSync(folder).filter((name) => name.includes("simulator"));
    const measured = begin();
    const startedAtMs = performance.now();
    await measured.until(() => measured.stdout.includes('"event":"ready"') || undefined);
    const startMs = performance.now() - startedAtMs;
    await measured.kill();
    expect(simulated()).toHaveLength(1);

    for (let round = 0; round < rounds; round += 1) {
      const server = begin();
      const isEnding = round % 3 === 2;
      if (isEnding) {
        await server.until(() => server.stdout.includes('"event":"ready"') || undefined);
        server.signal("SIGTERM");
      }
      // A random moment is what this test is about: nothing is waited for.
      await sleep(random() * (isEnding ? 700 : 1.2 * startMs));
      await server.kill();
      expect(server.stderr, `round ${round}`).toBe("");
    }

    const last = begin();
    await last.until(() => last.stdout.includes('"event":"ready"') || undefined);
    await eventually(async () => expect((await get(http, "/readyz")).status).toBe(200));
    expect((await gpuHealth(["check", "--addr", `unix:${socket}`])).code).toBe(0);
    expect(simulated()).toHaveLength(1);
    last.signal("SIGTERM");
    expect(await last.end()).toEqual({ code: 0, signal: null });
    expect(simulated()).toEqual([]);
    expect(existsSync(socket)).toBe(false);
  });
});

describe("a second instance by mistake", () => {
  it.each(["grpc", "http", "admin"])("says which address of %s is taken, and disturbs nobody", async (listener) => {
    const socket = temporaryFile("health.sock");
    const config = `${listener}: { listen: "unix:${socket}" }\ngpu: { mode: off }\n`;
    const configFile = temporaryFile("twice.yaml", config);
    const first = await startReady(configFile, listener);
    const second = await gpuHealth(["serve", "-c", configFile, ...otherFlags(listener)]);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`unix:${socket}: the socket is in use by another process`);
    expect(second.stderr).toContain(`--${listener} or ${listener}.listen`);
    expect(existsSync(socket)).toBe(true);
    expect(first.hasExited).toBe(false);
  });
});

describe("a full disk under the log", () => {
  it("costs lines and nothing else", async () => {
    const [http, admin] = [`127.0.0.1:${await freePort()}`, `127.0.0.1:${await freePort()}`];
    const command = 'exec "$@" > /dev/full';
    const addresses = ["--grpc", "127.0.0.1:0", "--http", http, "--admin", admin];
    const config = temporaryFile("full.yaml", "gpu: { mode: off }\ndrain: { delay: 0s }\n");
    const server = start("sh", [
      "-c",
      command,
      "sh",
      process.execPath,
      programPath,
      "serve",
      "-c",
      config,
      ...addresses,
    ]);
    await eventually(async () => expect((await get(http, "/readyz")).status).toBe(200));
    expect((await get(http, "/metrics")).text).toMatch(/^gpu_health_log_lines_dropped_total [1-9]/m);
    server.signal("SIGTERM");
    expect(await server.end()).toEqual({ code: 0, signal: null });
    expect(server.stderr).toBe("");
  });
});

const otherFlags = (listener: string): readonly string[] =>
  ["grpc", "http", "admin"].filter((each) => each !== listener).flatMap((each) => [`--${each}`, "127.0.0.1:0"]);

/** Not waited for over HTTP, which may be the one on a socket. */
async function startReady(configFile: string, listener: string) {
  const server = startGpuHealth(["serve", "-c", configFile, ...otherFlags(listener)]);
  await server.until(() => server.stdout.includes('"event":"ready"') || undefined);
  return server;
}
