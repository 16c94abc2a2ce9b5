import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { presetNames } from "../../src/cli/presets/presets.js";
import { eventually } from "./support/eventually.js";
import { get } from "./support/http.js";
import { gpuHealth, startServer } from "./support/program.js";

const directory = mkdtempSync(join(tmpdir(), "init-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("gpu-health init", () => {
  it.each(presetNames)("writes %s, which validate takes and serve runs", async (preset) => {
    const file = join(directory, `${preset}.yaml`);
    expect(await gpuHealth(["init", "--preset", preset, "--output", file])).toMatchObject({ code: 0, stderr: "" });
    const validated = await gpuHealth(["validate", file]);
    expect(validated).toMatchObject({ code: 0, stderr: "" });
    expect(validated.stdout).toMatch(/ok: [4-9] checks, 1 component$/m);
    const server = await startServer({ configFile: file, simulate: "h200x2" });
    // Nothing of what the presets expect runs here, but the GPUs are simulated.
    await eventually(async () => {
      const report = JSON.parse((await get(server.http, "/health")).text) as { components: Record<string, unknown> };
      expect(report.components).toMatchObject({ "gpu/1": { status: "healthy" } });
    });
    await server.kill();
  });

  it("writes to standard output what it found, for the same machine", async () => {
    const written = await gpuHealth(["init"]);
    expect(written).toMatchObject({ code: 0, stderr: "" });
    expect(written.stdout).toContain("# Looked for on 127.0.0.1: model server (8000, 8080, 3000, 30000, 11434)");
    const server = await startServer({ config: written.stdout });
    await server.kill();
  });
});
