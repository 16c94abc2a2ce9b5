import { describe, expect, it } from "vitest";
import { listCommand, runList } from "../../src/cli/list.js";
import { exitCodeOf } from "../../src/cli/terminal.js";
import { runWatch, watchCommand } from "../../src/cli/watch.js";
import { TestServer } from "../outputs/grpc/support/server.js";
import { FakeTerminal, outcomeOf, parse } from "./support.js";

const now = (): Date => new Date(Date.UTC(2026, 0, 2, 3, 4, 5));

/** A `watch` at work. */
function watch(address: string, service: string, output: "text" | "json") {
  const terminal = new FakeTerminal();
  const stop = new AbortController();
  const code = exitCodeOf(terminal, () => runWatch(address, { service, output }, terminal, stop.signal, now));
  return { terminal, stop, code };
}

describe("list", () => {
  it("prints a table for people", async () => {
    const { address } = await TestServer.start();
    expect(await outcomeOf((terminal) => runList(address, { output: "text" }, terminal))).toEqual({
      code: 0,
      out: ["COMPONENT  STATUS", '""         SERVING', "model      NOT_SERVING"],
      err: [],
    });
  });

  it("prints one JSON object for machines", async () => {
    const { address } = await TestServer.start();
    const { out } = await outcomeOf((terminal) => runList(address, { output: "json" }, terminal));
    expect(out.map((line) => JSON.parse(line) as unknown)).toEqual([{ "": "SERVING", model: "NOT_SERVING" }]);
  });

  it("takes text and json, and needs an address", () => {
    expect(parse(listCommand(), ["a:1", "--output", "json"])).toMatchObject({ output: "json", args: ["a:1"] });
    expect(parse(listCommand(), ["a:1", "--output", "xml"])).toMatchObject({ exitCode: 1 });
    expect(parse(listCommand(), [])).toMatchObject({ exitCode: 1 });
  });
});

describe("watch", () => {
  it("prints each change as one line with its time, until it is stopped", async () => {
    const server = await TestServer.start();
    const { terminal, stop, code } = watch(server.address, "model", "json");
    await expect.poll(() => terminal.outLines).toHaveLength(1);
    server.health.set("model", "healthy");
    await expect.poll(() => terminal.outLines).toHaveLength(2);
    stop.abort();
    expect(await code).toBe(0);
    const line = { time: "2026-01-02T03:04:05.000Z", service: "model" };
    expect(terminal.outLines.map((each) => JSON.parse(each) as unknown)).toEqual([
      { ...line, status: "NOT_SERVING" },
      { ...line, status: "SERVING" },
    ]);
    expect(terminal.errLines).toEqual([]);
    await expect.poll(() => server.health.registry.watcherCount).toBe(0);
  });

  it("prints plain lines for people", async () => {
    const server = await TestServer.start();
    const { terminal, stop, code } = watch(server.address, "nobody", "text");
    await expect.poll(() => terminal.outLines).toEqual(["2026-01-02T03:04:05.000Z  SERVICE_UNKNOWN"]);
    stop.abort();
    expect(await code).toBe(0);
  });

  it("exits 3 with the reason when the server ends the stream", async () => {
    const server = await TestServer.start();
    const { terminal, code } = watch(server.address, "", "text");
    await expect.poll(() => terminal.outLines).toHaveLength(1);
    server.methods.endStreams();
    expect(await code).toBe(3);
    expect(terminal.errLines).toEqual([expect.stringMatching(/UNAVAILABLE.*shutting down/)]);
  });

  it("needs an address", () => {
    expect(parse(watchCommand(), [])).toMatchObject({ exitCode: 1 });
  });
});
