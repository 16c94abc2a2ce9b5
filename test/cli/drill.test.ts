import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { drillCommand } from "../../src/cli/drill.js";
import { drillKinds } from "../../src/cli/drill-kinds.js";
import { drillSchema } from "../../src/gpu/drill.js";

let directory = "";
const cleanups: (() => unknown)[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "gpu-health-"));
});

afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  for (const cleanup of cleanups.splice(0)) await cleanup();
  await rm(directory, { recursive: true });
});

/** An admin listener at `path`, or on a port of the system's choice. Gives its address. */
async function admin(answer: RequestListener, path?: string): Promise<string> {
  const server = createServer(answer);
  cleanups.push(() => server.close());
  server.listen(path === undefined ? { host: "127.0.0.1", port: 0 } : { path });
  await once(server, "listening");
  const bound = server.address();
  return bound === null || typeof bound === "string" ? `unix:${path}` : `127.0.0.1:${bound.port}`;
}

/** Runs `drill` and gives what it printed. */
async function drill(...args: string[]): Promise<string> {
  const lines: string[] = [];
  for (const stream of ["log", "error"] as const) {
    vi.spyOn(console, stream).mockImplementation((line: string) => void lines.push(line));
  }
  await drillCommand().parseAsync(args, { from: "user" });
  return lines.join("\n");
}

describe("drill", () => {
  it.each(["TCP", "a Unix socket"])("sends the change to an admin listener on %s", async (kind) => {
    const received: unknown[] = [];
    const answer: RequestListener = async (request, response) => {
      received.push(request.url, request.headers["content-type"], JSON.parse(await text(request)));
      response.end("{}");
    };
    const address = await admin(answer, kind === "TCP" ? undefined : join(directory, "admin.sock"));
    expect(await drill("memory", "--gpu", "1", "--free", "1KiB", "--admin", address)).toContain(`done on ${address}`);
    expect(received).toEqual(["/admin/drill", "application/json", { kind: "memory", gpu: 1, freeBytes: 1024 }]);
    expect(process.exitCode).toBeUndefined();
  });

  it("sends the token, also from a file, and shows it nowhere", async () => {
    const received: unknown[] = [];
    const address = await admin((request, response) => {
      received.push(request.headers.authorization);
      response.end("{}");
    });
    const file = join(directory, "token");
    await writeFile(file, "sesame\n");
    const printed = [
      await drill("reset", "--admin", address, "--token", "sesame"),
      await drill("reset", "--admin", address, "--token", `file:${file}`),
      await drill("reset", "--admin", address, "--token", "file:/nonexistent"),
    ];
    expect(received).toEqual(["Bearer sesame", "Bearer sesame"]);
    expect(printed.join("\n")).not.toContain("sesame");
    expect(printed.at(-1)).toContain("the token in /nonexistent cannot be read (ENOENT)");
    expect(process.exitCode).toBe(1);
  });

  it("shows why the server refuses", async () => {
    const address = await admin((_, response) => response.writeHead(409).end('{"error": "the GPUs are real"}'));
    expect(await drill("lose", "--gpu", "0", "--admin", address)).toBe(
      `drill: refused by ${address}: the GPUs are real`,
    );
    expect(process.exitCode).toBe(3);
  });

  it.each(drillKinds.map(({ example }) => example))("sends what the server takes, as in: %s", async (example) => {
    const received: unknown[] = [];
    const address = await admin(async (request, response) => {
      received.push(JSON.parse(await text(request)));
      response.end("{}");
    });
    await drill(...example.split(" "), "--admin", address);
    expect(received.map((body) => drillSchema.safeParse(body))).toMatchObject([{ success: true }]);
  });

  it("has every kind of drill that the server takes", () => {
    const kinds = drillSchema.options.flatMap((option) => [...option.shape.kind.values]);
    expect(drillKinds.map(({ name }) => name).sort()).toEqual(kinds.sort());
  });

  it("says where nobody listens", async () => {
    const address = `unix:${join(directory, "nobody.sock")}`;
    expect(await drill("lose", "--gpu", "0", "--admin", address)).toContain(
      `admin listener at ${address}: connect ENOENT`,
    );
    expect(process.exitCode).toBe(2);
  });
});
