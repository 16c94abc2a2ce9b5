import { readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { expect, it } from "vitest";
import { inRepository } from "./support/paths.js";
import { run } from "./support/processes.js";
import { temporaryFolder } from "./support/program.js";

it("docs/api is what the doc comments say: `npm run build && npm run reference` writes it", async () => {
  const folder = temporaryFolder("reference");
  const made = await run("node", [inRepository("scripts/reference.mjs"), folder]);
  expect(made.code, made.stderr).toBe(0);
  const committed = inRepository("docs/api");
  expect(readdirSync(folder).sort()).toEqual(readdirSync(committed).sort());
  for (const file of readdirSync(folder)) {
    // A type that is used and not exported, say.
    expect(readFileSync(join(folder, file), "utf8"), file).not.toContain("Warning:");
    expect(readFileSync(join(folder, file), "utf8"), file).not.toContain("@public (undocumented)");
    expect(readFileSync(join(committed, file), "utf8"), file).toBe(readFileSync(join(folder, file), "utf8"));
  }
});

/** The packages that the files of a folder of dist/ name, in whatever way. */
function packagesIn(folder: string): readonly string[] {
  const files = readdirSync(inRepository(folder)).filter((file) => /\.c?js$/.test(file));
  expect(files.length).toBeGreaterThan(2);
  const specifiers = files.flatMap((file) => {
    const code = readFileSync(inRepository(join(folder, file)), "utf8");
    const named = code.matchAll(/^import (?:[^"'();]* from )?"([^"]+)"|\b(?:import|require)\("([^"]+)"\)/gm);
    return [...named].map(([, statement, call]) => statement ?? call ?? "");
  });
  const packages = specifiers
    .filter((specifier) => /^[^./]/.test(specifier) && !isBuiltin(specifier))
    .map((specifier) => specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/"));
  return [...new Set(packages)].sort();
}

it("what was bundled for the library imports nothing that installing it does not bring", () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(inRepository("package.json"), "utf8"));
  const brought = Object.keys({ ...dependencies, ...peerDependencies });
  const needed = packagesIn("dist/exports");
  expect(needed).toContain("@grpc/grpc-js");
  expect(needed.filter((name) => !brought.includes(name))).toEqual([]);
});

/** Imports an entry in a process that looks at itself before, and once nothing keeps it alive any more. */
const importAndLook = (entry: string) => `
  const look = () => ({
    // zod, a dependency, keeps what all copies of it share in globals of these names.
    globals: Object.getOwnPropertyNames(globalThis).filter((name) => !name.startsWith("__zod_")).sort(),
    environment: { ...process.env },
    processEvents: process.eventNames().map((event) => [String(event), process.listenerCount(event)]),
    resources: process.getActiveResourcesInfo().filter((each) => each !== "PipeWrap"),
    libraries: process.report.getReport().sharedObjects.filter((path) => !path.includes("linux-vdso")),
  });
  const request = globalThis.Request;
  let names = 0;
  process.once("beforeExit", () => {
    const sameRequest = request === globalThis.Request;
    console.log(JSON.stringify({ names, sameRequest, before, after: look() }));
  });
  const before = look();
  names = Object.keys(${entry}).length;
`;

it.each([
  ["import", "index", "module"],
  ["require", "index", "commonjs"],
  ["import", "grpc-health-check", "module"],
  ["require", "grpc-health-check", "commonjs"],
])("%s of %s has no effect beside it", async (how, entry, type) => {
  const specifier = JSON.stringify(entry === "index" ? "gpu-health" : `gpu-health/${entry}`);
  const expression = how === "import" ? `await import(${specifier})` : `require(${specifier})`;
  const child = await run("node", [`--input-type=${type}`, "-e", importAndLook(expression)]);
  expect([child.code, child.stderr]).toEqual([0, ""]);
  const { names, sameRequest, before, after } = JSON.parse(child.stdout);
  expect(names).toBeGreaterThan(2);
  expect(sameRequest).toBe(true);
  const { processEvents, ...rest } = after;
  expect(before).toMatchObject(rest);
  // Node takes handlers of its own away meanwhile.
  const listened = new Map<string, number>(before.processEvents);
  const more = processEvents.filter(([event, count]: [string, number]) => count > (listened.get(event) ?? 0));
  expect(more).toEqual([]);
});
