import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const committed = join(root, "src/proto/generated");

const filesOf = (directory: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(directory, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .sort()
      .map((file) => [file, readFileSync(join(directory, file), "utf8")]),
  );

it("the committed types are what `npm run generate` gives", { timeout: 60_000 }, () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    scripts: { generate: string };
  };
  const directory = mkdtempSync(join(tmpdir(), "gpu-health-generated-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const [program = "", ...args] = scripts.generate.split(" ");
  const elsewhere = args.map((arg) => (arg.startsWith("--outDir=") ? `--outDir=${directory}` : arg));
  expect(elsewhere).not.toEqual(args);
  execFileSync(join(root, "node_modules/.bin", program), elsewhere, { cwd: root });
  expect(filesOf(directory)).toEqual(filesOf(committed));
});
