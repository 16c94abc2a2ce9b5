import { once } from "node:events";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Check } from "../../../src/core/check.js";
import { HealthServer, type HealthServerOptions } from "../../support/health-server.js";
import { ManualClock } from "../../support/manual-clock.js";
import { createCheck, runOnce } from "../../support/run-check.js";

const stops: (() => unknown)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

async function serve(options?: HealthServerOptions): Promise<HealthServer> {
  const server = await new HealthServer().listen(options);
  stops.push(() => server.stop());
  return server;
}

/** The address of a server that takes connections and does this with them. */
async function listen(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on("error", () => {});
    stops.push(() => socket.destroy());
    onConnection(socket);
  });
  stops.push(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A check in watch mode, and how often it said that there is news. */
class Subscription {
  news = 0;
  readonly clock = new ManualClock();
  readonly check: Check;

  constructor(address: string) {
    this.check = createCheck("grpc", { address, mode: "watch" }, this.clock);
    stops.push(this.check.subscribe?.(() => this.count()) ?? (() => {}));
  }

  /** One run, as the scheduler begins it at once on news. */
  run() {
    return runOnce(this.check);
  }

  private count(): void {
    this.news += 1;
  }
}

const until = (look: () => unknown, wanted: unknown) =>
  expect.poll(look, { timeout: 10_000, interval: 5 }).toBe(wanted);

describe("grpc check in watch mode", () => {
  it("tells of every change at once, and of nothing that a run knows already", async () => {
    const server = await serve();
    const watching = new Subscription(server.address);
    expect(await watching.run()).toMatchObject({ status: "healthy" });
    await until(() => server.watcherCount, 1);
    server.set("", "SERVING");
    server.set("", "NOT_SERVING");
    await until(() => watching.news, 1);
    expect(await watching.run()).toMatchObject({ status: "unhealthy", reason: "not_serving", immediate: true });
    server.set("", "SERVING");
    await until(() => watching.news, 2);
    const healthy = await watching.run();
    expect(healthy).toMatchObject({ status: "healthy" });
    expect(healthy.immediate).toBeUndefined();
  });

  it("says when the stream breaks, and watches again once the server is back", async () => {
    const server = await serve();
    const watching = new Subscription(server.address);
    await watching.run();
    await until(() => server.watcherCount, 1);
    server.stop();
    await until(() => watching.news, 1);
    expect(await watching.run()).toMatchObject({ status: "unhealthy", reason: "connection_refused" });

    const again = await serve({ address: server.address });
    await until(() => watching.clock.pending, 1);
    watching.clock.advance(250);
    // The first thing that it is told differs from what the last run found.
    await until(() => watching.news, 2);
    expect(await watching.run()).toMatchObject({ status: "healthy" });
    expect(again.watcherCount).toBe(1);
  });

  it("waits longer after each failure, 10 s at most", async () => {
    const breaking = await listen((socket) => socket.destroy());
    const watching = new Subscription(breaking);
    for (const [attempt, longestMs] of [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000].entries()) {
      await until(() => watching.news, attempt + 1);
      expect(watching.clock.pending).toBe(1);
      // Jitter takes half of a wait at most.
      watching.clock.advance(longestMs * 0.49);
      expect(watching.clock.pending).toBe(1);
      watching.clock.advance(longestMs * 0.51);
    }
    await until(() => watching.news, 9);
  });

  it("gives up on a connection that does not come to be", async () => {
    let connections = 0;
    const silent = await listen(() => {
      connections += 1;
    });
    const clock = new ManualClock();
    const check = createCheck("grpc", { address: silent, mode: "watch", tls: {} }, clock);
    stops.push(check.subscribe?.(() => {}) ?? (() => {}));
    await until(() => connections, 1);
    clock.advance(5000);
    await until(() => clock.pending, 1);
    clock.advance(250);
    await until(() => connections, 2);
  });

  it("leaves a server without Watch to its runs, and tries again when it was away", async () => {
    const server = await serve({ hasWatch: false });
    const watching = new Subscription(server.address);
    expect(await watching.run()).toMatchObject({ status: "healthy" });
    await until(() => watching.clock.pending, 0);
    expect(await watching.run()).toMatchObject({ status: "healthy" });
    expect(watching.clock.pending).toBe(0);
    expect(watching.news).toBe(0);

    server.stop();
    expect(await watching.run()).toMatchObject({ reason: "connection_refused" });
    const newer = await serve({ address: server.address });
    await until(() => {
      watching.clock.advance(50);
      return newer.watcherCount;
    }, 1);
  });

  it("ends the stream when it is stopped", async () => {
    const server = await serve();
    const check = createCheck("grpc", { address: server.address, mode: "watch" });
    const stop = check.subscribe?.(() => {});
    await until(() => server.watcherCount, 1);
    stop?.();
    await until(() => server.watcherCount, 0);
  });
});
