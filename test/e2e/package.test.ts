import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { eventually } from "./support/eventually.js";
import { compileExamples } from "./support/examples.js";
import { get } from "./support/http.js";
import { folderWithDependency, pack } from "./support/packed.js";
import { run, start } from "./support/processes.js";
import { serveArguments, temporaryFolder } from "./support/program.js";

/** `npm run test:package` names the tarball that is released. */
const tarball = process.env.GPU_HEALTH_TARBALL ?? pack();

/** A PATH with Node, npm and a shell: no compiler, no CMake. */
function pathWithoutCompiler(): string {
  const folder = temporaryFolder("bin");
  for (const program of ["node", "npm", "sh"]) {
    symlinkSync(execFileSync("which", [program], { encoding: "utf8" }).trim(), join(folder, program));
  }
  return folder;
}

describe("the npm package", () => {
  let installed: string;
  let output: string;
  beforeAll(async () => {
    const folder = folderWithDependency(tarball);
    const npm = await run("npm", ["ci", "--prefer-offline", "--foreground-scripts", "--prefix", folder], {
      env: { PATH: pathWithoutCompiler() },
    });
    output = npm.stdout + npm.stderr;
    expect(npm.code, output).toBe(0);
    installed = join(folder, "node_modules/gpu-health");
  });

  it("holds what it needs and no more", () => {
    const files = execFileSync("tar", ["-tzf", tarball], { encoding: "utf8" }).trim().split("\n");
    const places = new Set(files.map((file) => file.split("/").slice(1, -1)[0] ?? file.slice("package/".length)));
    expect([...places].sort()).toEqual([
      "CHANGELOG.md",
      "CMakeLists.txt",
      "LICENSE",
      "README.md",
      "binding.gyp",
      "dist",
      "native",
      "package.json",
      "prebuilds",
      "proto",
      "scripts",
    ]);
    expect(statSync(tarball).size).toBeLessThan(3 * 1024 * 1024);
  });

  it("brings the licenses of what is bundled into the program", () => {
    const licenses = readFileSync(join(installed, "dist/program/LICENSES.txt"), "utf8");
    for (const name of ["@grpc/grpc-js", "hono", "pino", "zod"]) expect(`\n${licenses}`).toContain(`\n${name}\n\n`);
    expect(licenses).toContain("Permission is hereby granted");
  });

  it("installs without a compiler where its prebuilt part fits, and compiles nothing", () => {
    expect(output).not.toContain("could not be compiled");
    expect(existsSync(join(installed, "build"))).toBe(false);
    const prebuilt = join(installed, "prebuilds", `${process.platform}-${process.arch}`);
    accessSync(join(prebuilt, "gpu_health_cuda_probe"), constants.X_OK);
  });

  it("serves with simulated GPUs, and its check agrees", async () => {
    const command = join(dirname(installed), ".bin/gpu-health");
    const server = start(command, serveArguments({ simulate: "h200x2" }));
    const ready = await server.until(() => server.lines().find((line) => line.includes('"event":"ready"')));
    const { grpc } = JSON.parse(ready) as { grpc: readonly string[] };
    const [address = ""] = grpc;
    await eventually(async () => {
      const check = await run(command, ["check", address]);
      expect(check.code, `${check.stderr}\n${server.describe()}`).toBe(0);
    });
  });

  it("can be imported and required, and brings its types", async () => {
    const folder = dirname(dirname(installed));
    for (const program of [
      'import { createHealth } from "gpu-health"; console.log(typeof createHealth)',
      'const { createHealth } = require("gpu-health"); console.log(typeof createHealth)',
    ]) {
      const type = program.startsWith("import") ? "module" : "commonjs";
      const output = execFileSync("node", [`--input-type=${type}`, "-e", program], { cwd: folder, encoding: "utf8" });
      expect(output).toBe("function\n");
    }
  });

  it("has examples of the library that compile against its types and run", async () => {
    const compiled = await compileExamples(dirname(dirname(installed)));
    const env = { ADDRESS: "127.0.0.1:0", PORT: "0", DRAIN_MS: "0" };
    for (const file of readdirSync(compiled)) {
      const example = start("node", [join(compiled, file)], { env });
      const ready = await example.until(() => example.lines().find((line) => line.includes("ready on port")));
      if (file.startsWith("http-service")) {
        const port = ready.split(" ").at(-1);
        for (const path of ["/internal/readyz", "/internal/", "/internal/metrics"]) {
          const { status, text } = await get(`127.0.0.1:${port}`, path);
          expect(status, `${path}: ${text}`).toBe(200);
          // The example's own answer, to what is none of these paths.
          expect(text).not.toContain("the model is");
        }
      }
      example.signal("SIGTERM");
      expect(await example.end(), example.describe()).toEqual({ code: 0, signal: null });
    }
  });
});
