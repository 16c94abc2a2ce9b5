import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../e2e/support/processes.js";

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
  it.each(["callback", "promise"])(
    "is closed from a %s of a stream beside another, without a crash",
    async (where) => {
      const outcome = await run(process.execPath, [program, where, "100"]);
      expect(outcome).toEqual({ code: 0, signal: null, stdout: "100 connections closed\n", stderr: "" });
    },
    60_000,
  );
});
