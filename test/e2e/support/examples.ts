import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inRepository } from "./paths.js";
import { run } from "./processes.js";

/**
 * Compiles the examples of the library in a folder where the package is installed, against its types as ESM and
 * CommonJS consumers see them. Gives the folder of what was compiled.
 */
export async function compileExamples(folder: string): Promise<string> {
  cpSync(inRepository("examples/library"), join(folder, "examples"), { recursive: true });
  const compilerOptions = {
    module: "NodeNext",
    target: "ES2022",
    lib: ["ES2023", "ESNext.Disposable"],
    strict: true,
    exactOptionalPropertyTypes: true,
    types: ["node"],
    typeRoots: [inRepository("node_modules/@types")],
    outDir: "compiled",
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["examples"] }));
  const tsc = await run(inRepository("node_modules/.bin/tsc"), ["-p", folder]);
  if (tsc.code !== 0) throw new Error(`the examples cannot be compiled:\n${tsc.stdout}${tsc.stderr}`);
  return join(folder, "compiled");
}
