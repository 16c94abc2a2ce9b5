import { describe, expect, it } from "vitest";
import { type CheckOptions, checkCommand, runCheck } from "../../src/cli/check.js";
import { tlsProblem } from "../../src/cli/tls-flags.js";
import { TestServer } from "../outputs/grpc/support/server.js";
import { type Outcome, outcomeOf, parse } from "./support.js";

const defaults: CheckOptions = {
  service: "",
  userAgent: "gpu-health/test",
  connectTimeout: 5000,
  rpcTimeout: 5000,
  rpcHeader: [],
};

const check = (options: Partial<CheckOptions>): Promise<Outcome> =>
  outcomeOf((terminal) => runCheck({ ...defaults, ...options }, terminal));

describe("check", () => {
  it("exits 0 and prints the status where it is SERVING", async () => {
    const { address } = await TestServer.start();
    expect(await check({ addr: address })).toEqual({ code: 0, out: ["status: SERVING"], err: [] });
    const compressed = await check({ addr: address, gzip: true, rpcHeader: [["x-team", "gpu"]] });
    expect(compressed.code).toBe(0);
  });

  it("exits 4 for any other status, and says where and for what", async () => {
    const { address } = await TestServer.start();
    const { code, out, err } = await check({ addr: address, service: "model" });
    expect({ code, out }).toEqual({ code: 4, out: [] });
    expect(err).toHaveLength(1);
    expect(err[0]).toMatch(new RegExp(`${address} answered NOT_SERVING for "model"`));
  });

  it("exits 3 where the RPC fails, and passes on the server's reason", async () => {
    const { address } = await TestServer.start();
    const { code, err } = await check({ addr: address, service: "nobody" });
    expect(code).toBe(3);
    expect(err[0]).toMatch(/answered NOT_FOUND: .*"nobody"/);
  });

  it("exits 2 where there is no connection, and names the system's error", async () => {
    const server = await TestServer.start();
    await server.stopNow();
    const { code, err } = await check({ addr: server.address, connectTimeout: 100 });
    expect(code).toBe(2);
    expect(err[0]).toMatch(new RegExp(`cannot connect to ${server.address} within 100 ms: .*ECONNREFUSED`));
  });

  it("exits 1 where there is no address", async () => {
    expect((await check({})).code).toBe(1);
  });

  it("says how long it took, when asked", async () => {
    const { address } = await TestServer.start();
    const { err } = await check({ addr: address, verbose: true });
    expect(err).toEqual([expect.stringMatching(/^connected to .* in [0-9.]+ ms, answered in [0-9.]+ ms$/)]);
  });

  it("closes its connection", async () => {
    const server = await TestServer.start();
    await check({ addr: server.address });
    // Nobody is left to wait for.
    await server.server.stop(60_000);
    expect(server.health.clock.pending).toBe(0);
  });
});

describe("check's flags", () => {
  const options = (...args: readonly string[]): Record<string, unknown> => parse(checkCommand("1.2.3"), args);

  it("are those of grpc_health_probe, in its style and ours", () => {
    const expected = {
      addr: "a:1",
      service: "model",
      userAgent: "me",
      connectTimeout: 250,
      rpcTimeout: 90_000,
      rpcHeader: [
        ["x-a", "1"],
        ["x-b", "2: 3"],
      ],
      tls: true,
      tlsServerName: "b",
      gzip: true,
      verbose: true,
    };
    const go = "-addr=a:1 -service model -user-agent me -connect-timeout 250ms -rpc-timeout=1m30s".split(" ");
    const rest = ["-rpc-header", "x-a: 1", "-rpc-header=x-b:2: 3", "-tls", "-tls-server-name", "b", "-gzip=true", "-v"];
    expect(options(...go, ...rest)).toMatchObject(expected);
    expect(options(...[...go, ...rest].map((arg) => arg.replace(/^-(?=[a-z]{2})/, "--")))).toMatchObject(expected);
  });

  it("take the address as an argument too", () => {
    expect(options("a:1", "--service", "model")).toMatchObject({ args: ["a:1"], service: "model" });
  });

  it.each([
    [["-bogus"], /unknown option '--bogus'/],
    [["-rpc-timeout", "soon"], /--rpc-timeout.*'soon'.*500ms/],
    [["-rpc-timeout", "0s"], /more than zero/],
    [["-connect-timeout=-1s"], /more than zero/],
    [["-rpc-header", "a"], /'name: value'/],
    [["-rpc-header", "ä: 1"], /letters, digits/],
    [["-rpc-header", ":path: /"], /'name: value'/],
    [["-rpc-header", "x: ä"], /printable ASCII/],
    [["-addr"], /argument missing/],
    [["-tls=maybe"], /maybe/],
  ])("exit 1 with what is wrong: %j", (args, message) => {
    const { said, exitCode } = options(...args);
    expect(exitCode).toBe(1);
    expect(said).toMatch(message);
  });

  it("-version prints the version", () => {
    expect(options("-version")).toEqual({ said: "1.2.3\n", exitCode: 0 });
  });
});

describe("the TLS flags", () => {
  it.each([
    [{ tlsNoVerify: true }, "--tls-no-verify needs --tls"],
    [{ tlsCaCert: "a" }, "--tls-ca-cert needs --tls"],
    [{ tls: true, tlsClientCert: "a" }, "--tls-client-cert needs --tls-client-key"],
    [{ tls: true, tlsClientKey: "a" }, "--tls-client-key needs --tls-client-cert"],
    [{ tls: true, tlsNoVerify: true, tlsCaCert: "a" }, /no effect/],
    [{ tls: true, tlsNoVerify: true, tlsServerName: "a" }, /no effect/],
  ])("contradict each other: %j", (flags, problem) => {
    expect(tlsProblem(flags)).toMatch(problem);
  });

  it("fit together otherwise", () => {
    expect(tlsProblem({})).toBeUndefined();
    expect(tlsProblem({ tls: true, tlsClientCert: "a", tlsClientKey: "b", tlsCaCert: "c" })).toBeUndefined();
  });

  it.each([{ tlsCaCert: "/nonexistent" }, { tlsCaCert: import.meta.filename }])(
    "exit 1 for a useless file: %j",
    async (flags) => {
      const { code, err } = await check({ addr: "127.0.0.1:1", tls: true, ...flags });
      expect({ code, err }).toMatchObject({ code: 1, err: [expect.stringMatching(/tls/i)] });
    },
  );
});
