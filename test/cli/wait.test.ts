import { Server, ServerCredentials } from "@grpc/grpc-js";
import { describe, expect, it, onTestFinished } from "vitest";
import { runWait, waitCommand } from "../../src/cli/wait.js";
import { TestServer } from "../outputs/grpc/support/server.js";
import { outcomeOf, parse } from "./support.js";

const wait = (address: string, service: string, timeout: number) =>
  outcomeOf((terminal) => runWait(address, { service, timeout }, terminal));

describe("wait", () => {
  it("exits 0 when the component serves, and says what it waited for meanwhile", async () => {
    const server = await TestServer.start();
    const outcome = wait(server.address, "model", 60_000);
    await expect.poll(() => server.health.registry.watcherCount).toBe(1);
    server.health.set("model", "healthy");
    const { code, out, err } = await outcome;
    expect({ code, out }).toEqual({ code: 0, out: [expect.stringMatching(/^status: SERVING after \d/)] });
    expect(err).toEqual([
      `waiting up to 60 s for "model" of ${server.address}`,
      expect.stringMatching(/^after .*: status: NOT_SERVING$/),
    ]);
  });

  it("exits 4 where it does not serve in time", async () => {
    const { address } = await TestServer.start();
    const { code, out, err } = await wait(address, "model", 200);
    expect({ code, out }).toEqual({ code: 4, out: [] });
    expect(err.at(-1)).toBe(`error: ${address} answers NOT_SERVING for "model" within 200 ms`);
  });

  it("exits 2 where nobody listens, with the system's error", async () => {
    const server = await TestServer.start();
    await server.stopNow();
    const { code, err } = await wait(server.address, "", 200);
    expect(code).toBe(2);
    expect(err.at(-1)).toMatch(/^error: not serving within 200 ms: no connection to .*ECONNREFUSED/);
  });

  it("exits 3 at once where the server has no health service", async () => {
    const server = new Server();
    onTestFinished(() => server.forceShutdown());
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    const { code, err } = await wait(`127.0.0.1:${port}`, "", 60_000);
    expect(code).toBe(3);
    expect(err.at(-1)).toMatch(/answered UNIMPLEMENTED/);
  });

  it("takes a timeout as check does", () => {
    expect(parse(waitCommand(), ["a:1", "--timeout", "1m30s"])).toMatchObject({ timeout: 90_000, service: "" });
    expect(parse(waitCommand(), ["a:1", "--timeout", "soon"])).toMatchObject({ exitCode: 1 });
    expect(parse(waitCommand(), [])).toMatchObject({ exitCode: 1 });
  });
});
