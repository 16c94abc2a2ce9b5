import { once } from "node:events";
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { listen } from "../../src/net/listen.js";
import { ListenError } from "../../src/net/listen-error.js";

const option = "--grpc or grpc.listen";

function newServer(): Server {
  const server = createServer();
  onTestFinished(() => {
    server.close();
  });
  return server;
}

function temporaryPath(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), "gpu-health-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, name);
}

async function failure(text: string): Promise<ListenError> {
  const error: unknown = await listen(newServer(), text, option).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ListenError)) throw new Error(`expected a ListenError, got ${String(error)}`);
  expect(error.message).toContain(option);
  return error;
}

describe("listen", () => {
  it("lets more connections wait than a burst of clients opens while the event loop is busy", async () => {
    const server = newServer();
    const bound = vi.spyOn(server, "listen");
    await listen(server, "127.0.0.1:0", option);
    expect(bound).toHaveBeenCalledWith(expect.objectContaining({ backlog: 4096 }), expect.anything());
  });

  it("survives an accept that fails", async () => {
    const server = newServer();
    await listen(server, "127.0.0.1:0", option);
    // What Node does when the system has no file descriptor left: unheard, it would end the process.
    expect(() => server.emit("error", Object.assign(new Error("accept EMFILE"), { code: "EMFILE" }))).not.toThrow();
  });

  it("gives the bound address, with the port that the system chose", async () => {
    expect(await listen(newServer(), "127.0.0.1:0", option)).toMatch(/^127\.0\.0\.1:[1-9][0-9]*$/);
  });

  it("names the address that is in use", async () => {
    const address = await listen(newServer(), "127.0.0.1:0", option);
    const error = await failure(address);
    expect(error).toMatchObject({ address, code: "EADDRINUSE" });
    expect(error.message).toMatch(new RegExp(`cannot listen on ${address}: .*in use`));
  });

  it.each([
    ["localhost", "EINVAL", /host and a port/],
    ["127.0.0.1:99999", "EINVAL", /0 to 65535/],
    ["192.0.2.1:0", "EADDRNOTAVAIL", /no address of this machine/],
    ["unix:/nonexistent/directory/health.sock", "EACCES|ENOENT", /directory/],
  ])("says what is wrong with %s", async (text, code, message) => {
    const error = await failure(text);
    expect(error.code).toMatch(new RegExp(`^(${code})$`));
    expect(error.message).toMatch(message);
  });
});

describe("a Unix socket", () => {
  it("has a file while the server listens", async () => {
    const path = temporaryPath("health.sock");
    const server = newServer();
    expect(await listen(server, `unix:${path}`, option)).toBe(`unix:${path}`);
    expect(existsSync(path)).toBe(true);
    server.close();
    await once(server, "close");
    expect(existsSync(path)).toBe(false);
  });

  it("replaces the file that a killed process left", async () => {
    const path = temporaryPath("health.sock");
    const killed = newServer();
    await listen(killed, `unix:${path}.before`, option);
    renameSync(`${path}.before`, path);
    killed.close();
    await once(killed, "close");
    expect(existsSync(path)).toBe(true);
    expect(await listen(newServer(), `unix:${path}`, option)).toBe(`unix:${path}`);
  });

  it("leaves one in use alone", async () => {
    const path = temporaryPath("health.sock");
    await listen(newServer(), `unix:${path}`, option);
    expect(await failure(`unix:${path}`)).toMatchObject({ code: "EADDRINUSE" });
    expect(existsSync(path)).toBe(true);
  });

  it("leaves a file that is no socket alone", async () => {
    const path = temporaryPath("notes.txt");
    writeFileSync(path, "keep me");
    expect((await failure(`unix:${path}`)).message).toMatch(/no socket/);
    expect(existsSync(path)).toBe(true);
  });
});
