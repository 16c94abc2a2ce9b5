import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const directory = mkdtempSync(join(tmpdir(), "http2-connection-"));
const program = join(directory, "close-in-callback.mjs");

beforeAll(async () => {
  const input = fileURLToPath(new URL("support/close-in-callback.ts", import.meta.url));
  const bundle = await rolldown({ input, platform: "node" });
  await bundle.write({ file: program, format: "esm" });
  await bundle.close();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("an HTTP/2 connection", () => {
  // In a process of its own: what this guards against is Node's own crash, on Node 20 within some twenty rounds.
  it.each(["callback", "promise"])("is closed from a %s of a stream beside another, without a crash", (where) => {
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [program, where, "300"], {
      encoding: "utf8",
    });
    expect({ status, signal, stdout, stderr }).toEqual({
      status: 0,
      signal: null,
      stdout: "300 connections closed\n",
      stderr: "",
    });
  });
});
