import { describe, expect, it, onTestFinished } from "vitest";
import { HealthClient, type HealthClientOptions, type HealthUpdate } from "../../src/client/health-client.js";
import { HealthServer, type HealthServerOptions } from "../support/health-server.js";
import { ManualClock } from "../support/manual-clock.js";

async function serve(options?: HealthServerOptions): Promise<HealthServer> {
  const server = await new HealthServer().listen(options);
  onTestFinished(() => server.stop());
  return server;
}

function clientOf(address: string, options?: HealthClientOptions, clock = new ManualClock()): HealthClient {
  const client = new HealthClient(address, options, clock);
  onTestFinished(() => client.close());
  return client;
}

/** A Watch at work, and what it has told: statuses, and why it was interrupted. */
function follow(client: HealthClient, service = "") {
  const end = new AbortController();
  const told: string[] = [];
  const tell = (update: HealthUpdate): number =>
    told.push(update.kind === "status" ? update.status : `${update.error.kind} ${update.error.grpcStatus}`);
  const ended = (async () => {
    for await (const update of client.watch(service, { signal: end.signal })) tell(update);
  })();
  onTestFinished(() => end.abort());
  return { told, end, ended };
}

describe("check", () => {
  it("gives the status, and sends the headers", async () => {
    const server = await serve();
    server.set("gpu/0", "NOT_SERVING");
    const client = clientOf(server.address, { metadata: { authorization: "Bearer one", "X-Team": ["a", "b"] } });
    expect(await client.check()).toBe("SERVING");
    expect(await client.check("gpu/0")).toBe("NOT_SERVING");
    expect(server.checks).toHaveLength(2);
    expect(server.checks[0]).toMatchObject({ authorization: "Bearer one", "x-team": "a, b" });
  });

  it("sends headers of bytes, whose names end in -bin", async () => {
    const server = await serve();
    await clientOf(server.address, { metadata: { "Trace-Bin": "abc" } }).check();
    expect(server.checks[0]).toMatchObject({ "trace-bin": Buffer.from("abc") });
  });

  it("fails with the server's words", async () => {
    const { address } = await serve();
    await expect(clientOf(address).check("nobody")).rejects.toMatchObject({
      name: "HealthClientError",
      kind: "rpc",
      grpcStatus: "NOT_FOUND",
      message: `${address} answered NOT_FOUND: unknown service`,
    });
  });

  it("fails where the server does not answer in time, though it is connected", async () => {
    const { address } = await serve({ answers: false });
    const failure = clientOf(address, { timeoutMs: 20 }).check();
    await expect(failure).rejects.toMatchObject({ grpcStatus: "DEADLINE_EXCEEDED" });
  });

  it("fails at once where there is no connection, and names the system's error", async () => {
    const server = await serve();
    server.stop();
    const client = clientOf(server.address);
    const failure = { kind: "connection", grpcStatus: "UNAVAILABLE" };
    await expect(client.check()).rejects.toMatchObject(failure);
    await expect(client.check()).rejects.toThrow(/^no connection to 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    await expect(client.connect(20)).rejects.toThrow(/^cannot connect to .* within 20 ms: .*ECONNREFUSED/);
  });
});

describe("watch", () => {
  it("tells the status now and at each change, until its signal aborts", async () => {
    const server = await serve();
    const { told, end, ended } = follow(clientOf(server.address), "model");
    await expect.poll(() => told).toEqual(["SERVICE_UNKNOWN"]);
    server.set("model", "SERVING");
    await expect.poll(() => told).toEqual(["SERVICE_UNKNOWN", "SERVING"]);
    end.abort();
    await ended;
    await expect.poll(() => server.watcherCount).toBe(0);
  });

  it("ends its stream when the caller leaves the loop", async () => {
    const server = await serve();
    for await (const update of clientOf(server.address).watch()) {
      expect(update).toEqual({ kind: "status", status: "SERVING" });
      break;
    }
    await expect.poll(() => server.watcherCount).toBe(0);
  });

  it("says that it was interrupted, waits longer each time, and goes on when the server is back", async () => {
    const clock = new ManualClock();
    const server = await serve();
    const { told } = follow(clientOf(server.address, { longestRetryMs: 400 }, clock));
    await expect.poll(() => told).toEqual(["SERVING"]);
    server.stop();
    await expect.poll(() => told).toHaveLength(2);
    // CANCELLED where the server's reset comes before the end of its connection.
    expect(told[1]).toMatch(/UNAVAILABLE|CANCELLED/);
    clock.advance(124);
    expect(clock.pending).toBe(1);
    clock.advance(126);
    await expect.poll(() => told).toHaveLength(3);
    expect(told[2]).toBe("connection UNAVAILABLE");
    clock.advance(199);
    expect(clock.pending).toBe(1);

    const restarted = await serve({ address: server.address });
    restarted.set("", "NOT_SERVING");
    // The channel waits by itself too, by the time of the machine.
    await expect
      .poll(
        () => {
          clock.advance(400);
          return told.at(-1);
        },
        { timeout: 10_000 },
      )
      .toBe("NOT_SERVING");
    // The first answer came: nothing waits for it.
    expect(clock.pending).toBe(0);
  });

  it("tells no status twice", async () => {
    const server = await serve();
    const { told } = follow(clientOf(server.address), "model");
    await expect.poll(() => told).toEqual(["SERVICE_UNKNOWN"]);
    for (const to of ["SERVICE_UNKNOWN", "NOT_SERVING", "NOT_SERVING"] as const) server.set("model", to);
    await expect.poll(() => told.at(-1)).toBe("NOT_SERVING");
    server.set("model", "SERVING");
    await expect.poll(() => told).toEqual(["SERVICE_UNKNOWN", "NOT_SERVING", "SERVING"]);
  });

  it("does not ask a server without Watch again", async () => {
    const clock = new ManualClock();
    const { address } = await serve({ hasWatch: false });
    const { told, ended } = follow(clientOf(address, {}, clock));
    await expect(ended).rejects.toMatchObject({ kind: "rpc", grpcStatus: "UNIMPLEMENTED" });
    expect({ told, pending: clock.pending }).toEqual({ told: [], pending: 0 });
  });

  it("gives up a stream that says nothing", async () => {
    const clock = new ManualClock();
    const server = await serve({ answers: false });
    const { told } = follow(clientOf(server.address, { timeoutMs: 3000 }, clock));
    await expect.poll(() => server.watcherCount).toBe(1);
    clock.advance(2999);
    expect(told).toEqual([]);
    clock.advance(1);
    await expect.poll(() => told).toEqual(["rpc DEADLINE_EXCEEDED"]);
  });
});

describe("close", () => {
  it("ends a Watch that hears nothing, and one that waits for its next try", async () => {
    const server = await serve();
    const [listening, waiting] = [clientOf(server.address), clientOf("127.0.0.1:1")];
    const watches = [listening, waiting].map((client) => follow(client));
    await expect.poll(() => watches.map(({ told }) => told.length)).toEqual([1, 1]);
    listening.close();
    waiting.close();
    await Promise.all(watches.map(({ ended }) => ended));
    expect(watches.map(({ told }) => told)).toEqual([["SERVING"], ["connection UNAVAILABLE"]]);
    await expect.poll(() => server.watcherCount).toBe(0);
  });

  it("fails the calls in progress, and later ones", async () => {
    const server = await serve({ answers: false });
    const client = clientOf(server.address, { timeoutMs: 1_000_000 });
    const inProgress = client.check();
    await expect.poll(() => server.checks).toHaveLength(1);
    client.close();
    const closed = { name: "HealthClientError", grpcStatus: "CANCELLED", message: expect.stringMatching(/is closed$/) };
    await expect(inProgress).rejects.toMatchObject(closed);
    await expect(client.list()).rejects.toMatchObject(closed);
    await expect(client.connect()).rejects.toMatchObject(closed);
    expect(await client.watch().next()).toEqual({ done: true, value: undefined });
  });
});

it.each(["nonsense", "127.0.0.1:0", ""])("refuses the address %j", (address) => {
  expect(() => new HealthClient(address)).toThrow(TypeError);
});

it("refuses certificates that are none", () => {
  const tls = { cert: "no certificate", key: "no key" };
  expect(() => new HealthClient("127.0.0.1:1", { tls })).toThrow(/do not fit together/);
});
