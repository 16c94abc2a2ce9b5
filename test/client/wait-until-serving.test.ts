import { describe, expect, it, onTestFinished } from "vitest";
import { type WaitOptions, waitUntilServing } from "../../src/client/wait-until-serving.js";
import { HealthServer, type HealthServerOptions } from "../support/health-server.js";
import { ManualClock } from "../support/manual-clock.js";

async function serve(options?: HealthServerOptions): Promise<HealthServer> {
  const server = await new HealthServer().listen(options);
  onTestFinished(() => server.stop());
  return server;
}

/** A wait at work: what it was told, and whether it has ended. */
function wait(address: string, options: WaitOptions = {}) {
  const clock = new ManualClock();
  const told: string[] = [];
  const ended = waitUntilServing(
    address,
    {
      ...options,
      onUpdate: (update) => told.push(update.kind === "status" ? update.status : update.error.kind),
    },
    clock,
  );
  ended.catch(() => {});
  return { clock, told, ended };
}

describe("waitUntilServing", () => {
  it("resolves at once where the component serves, and leaves nothing behind", async () => {
    const server = await serve();
    const { ended, told, clock } = wait(server.address);
    await ended;
    expect(told).toEqual([]);
    expect(clock.pending).toBe(0);
    await expect.poll(() => server.watcherCount).toBe(0);
  });

  it("resolves when the component serves at last", async () => {
    const server = await serve();
    const { ended, told } = wait(server.address, { service: "model" });
    await expect.poll(() => told).toEqual(["SERVICE_UNKNOWN"]);
    server.set("model", "NOT_SERVING");
    await expect.poll(() => told).toEqual(["SERVICE_UNKNOWN", "NOT_SERVING"]);
    server.set("model", "SERVING");
    await ended;
  });

  it("waits for a server that does not run yet", async () => {
    const gone = await serve();
    gone.stop();
    const { address } = gone;
    const { clock, ended, told } = wait(address);
    await expect.poll(() => told).toEqual(["connection"]);
    await serve({ address });
    let isServing = false;
    void ended.then(() => {
      isServing = true;
    });
    await expect
      .poll(
        () => {
          clock.advance(100);
          return isServing;
        },
        { timeout: 10_000 },
      )
      .toBe(true);
  });

  it("says what was there last when the time is up", async () => {
    const server = await serve();
    server.set("model", "NOT_SERVING");
    const { clock, ended, told } = wait(server.address, { service: "model", timeoutMs: 5000 });
    await expect.poll(() => told).toEqual(["NOT_SERVING"]);
    clock.advance(4999);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    await expect(ended).rejects.toMatchObject({
      kind: "not_serving",
      message: `${server.address} answers NOT_SERVING for "model" within 5 s`,
    });
  });

  it("says that a server hangs, of the kind that the last failure was", async () => {
    const server = await serve({ answers: false });
    const { clock, ended, told } = wait(server.address, { timeoutMs: 2000 });
    await expect.poll(() => server.watcherCount).toBe(1);
    clock.advance(1000);
    await expect.poll(() => told).toEqual(["rpc"]);
    clock.advance(1000);
    await expect(ended).rejects.toThrow(
      /^not serving within 2 s: .*DEADLINE_EXCEEDED: no answer to a Watch within 1 s/,
    );
  });

  it("asks a server without Watch again and again", async () => {
    const server = await serve({ hasWatch: false });
    const { clock, ended, told } = wait(server.address, { service: "model" });
    await expect.poll(() => told).toEqual(["SERVICE_UNKNOWN"]);
    server.set("model", "SERVING");
    await expect.poll(() => clock.pending).toBe(2);
    clock.advance(1000);
    await ended;
  });

  it("waits for no answer of a server without Watch when its time is up, or its signal aborts", async () => {
    const server = await serve({ hasWatch: false, answers: false });
    const { clock, ended } = wait(server.address, { timeoutMs: 10_000 });
    await expect.poll(() => server.checks).toHaveLength(1);
    clock.advance(10_000);
    await expect(ended).rejects.toThrow("said nothing within 10 s");
    const stop = new AbortController();
    const other = wait(server.address, { signal: stop.signal });
    await expect.poll(() => server.checks).toHaveLength(2);
    stop.abort(new Error("enough"));
    await expect(other.ended).rejects.toThrow("enough");
  }, 4000);

  it("ends with the reason of its signal", async () => {
    const server = await serve();
    const stop = new AbortController();
    const { ended, told } = wait(server.address, { service: "model", signal: stop.signal });
    await expect.poll(() => told).toHaveLength(1);
    stop.abort(new Error("enough"));
    await expect(ended).rejects.toThrow("enough");
  });
});
