import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { drainCommand, undrainCommand } from "../../src/cli/drain.js";

const received: unknown[] = [];
let status = 200;
const server = createServer(async (request, response) => {
  received.push([request.method, request.url, JSON.parse(await text(request))]);
  response.writeHead(status).end(JSON.stringify({ error: "the process shuts down" }));
});
let address = "";
let said: string[] = [];

beforeEach(async () => {
  for (const stream of ["log", "error"] as const) {
    vi.spyOn(console, stream).mockImplementation((line: string) => void said.push(line));
  }
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("not bound to a port");
  address = `127.0.0.1:${bound.port}`;
});

afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  received.length = 0;
  said = [];
  status = 200;
  server.close();
  await once(server, "close");
});

describe("drain", () => {
  it("asks the admin listener to turn traffic away, with the reason where one is given", async () => {
    await drainCommand().parseAsync(["--admin", address, "--message", "driver update"], { from: "user" });
    await drainCommand().parseAsync(["--admin", address], { from: "user" });
    expect(received).toEqual([
      ["POST", "/admin/drain", { message: "driver update" }],
      ["POST", "/admin/drain", {}],
    ]);
    expect(said[0]).toBe(`drain: readiness on ${address} is NOT_SERVING until undrain`);
    expect(process.exitCode).toBeUndefined();
  });

  it("exits with 3 and the server's reason where it is refused", async () => {
    status = 409;
    await undrainCommand().parseAsync(["--admin", address], { from: "user" });
    expect(received).toEqual([["POST", "/admin/undrain", {}]]);
    expect(said).toEqual([`undrain: refused by ${address}: the process shuts down`]);
    expect(process.exitCode).toBe(3);
  });

  it("exits with 2 and says what to do where nobody answers", async () => {
    await drainCommand().parseAsync(["--admin", "unix:/nonexistent/admin.sock"], { from: "user" });
    expect(said).toEqual([
      expect.stringMatching(/^drain: cannot reach the admin listener at unix:\/nonexistent\/admin.sock: .*ENOENT/),
      "Name the admin listener of a running server with --admin or GPU_HEALTH_ADMIN.",
    ]);
    expect(process.exitCode).toBe(2);
  });
});
