// Bundles what was compiled into a few files: the program, and the library for ESM and CommonJS. Loading 270 modules one
// by one takes longer than running them: bundled, the start takes 40 % less CPU, and a probe by `gpu-health check` starts
// in half the time (docs/performance.md).
import { rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { bundlePage } from "./bundle-page.mjs";
import { licenses, packagesOf } from "./licenses.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

// Both folders are as deep below the package's root as the compiled modules, so that paths relative to a module hold.
const program = path("../dist/program");
const library = path("../dist/exports");

const names = { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" };

/**
 * Every CommonJS module of a library is a function that runs once. V8 compiles `(function` at once but reads through an
 * arrow function first and compiles it when it is called, which costs a start 15 ms.
 */
const compiledAtOnce = {
  name: "compiled-at-once",
  renderChunk: (code) => code.replaceAll(/(?<=__commonJSMin\(\()\(([\w$, ]*)\) => \{/g, "function ($1) {"),
};

// What reflection needs is loaded at its first call only, and not made to be bundled.
const bundled = await write(
  path("../dist/main.js"),
  [/^@grpc\/(proto-loader|reflection)/, "protobufjs", /^protobufjs\//],
  [{ dir: program, format: "esm", plugins: [compiledAtOnce], ...names }],
);
writeFileSync(`${program}/LICENSES.txt`, licenses(bundled));

// Of a package that the host program uses too, there must be one copy. The bundler's own helpers are no dependency of ours,
// so they are bundled.
const packages = /^[\w@](?!oxc-project\/runtime\/)/;
await write(
  { index: path("../dist/index.js"), "grpc-health-check": path("../dist/grpc-health-check.js") },
  [packages],
  [
    { dir: library, format: "esm", ...names },
    { dir: library, format: "cjs", entryFileNames: "[name].cjs", chunkFileNames: "[name]-[hash].cjs" },
  ],
);

await bundlePage(`${program}/page`);

/** Gives the names of the packages that are in it. */
async function write(input, external, outputs) {
  for (const { dir } of outputs) rmSync(dir, { recursive: true, force: true });
  const bundle = await rolldown({
    input,
    platform: "node",
    external,
    onLog(level, log) {
      if (level === "warn") console.warn(`bundle: ${log.message}`);
    },
  });
  const modules = [];
  for (const each of outputs) {
    const { output } = await bundle.write(each);
    modules.push(...output.flatMap((chunk) => Object.keys(chunk.modules ?? {})));
  }
  await bundle.close();
  return packagesOf(modules);
}
