import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inRepository } from "./paths.js";
import { start } from "./processes.js";

/** A compiler that shares two cores with everything else takes its time. */
const compileMs = 120_000;

/**
 * Compiles the examples of the library in a folder where the package is installed, against its types as ESM and
 * CommonJS consumers see them, and the one for CommonJS as TypeScript did it before it knew `exports`. Gives the folder
 * of what was compiled.
 */
export async function compileExamples(folder: string): Promise<string> {
  cpSync(inRepository("examples/library"), join(folder, "examples"), { recursive: true });
  const common = {
    target: "ES2022",
    lib: ["ES2023", "ESNext.Disposable"],
    strict: true,
    exactOptionalPropertyTypes: true,
    types: ["node"],
    typeRoots: [inRepository("node_modules/@types")],
  };
  await compile(folder, "tsconfig.json", { ...common, module: "NodeNext", outDir: "compiled" }, ["examples"]);
  // The types of zod need esModuleInterop there, which `tsc --init` has always set.
  const older = { ...common, module: "CommonJS", moduleResolution: "node10", esModuleInterop: true, noEmit: true };
  writeFileSync(join(folder, "all.cts"), 'import { createHealth } from "gpu-health";\nvoid createHealth;\n');
  await compile(folder, "tsconfig.older.json", older, ["examples/drop-in.cts", "all.cts"]);
  return join(folder, "compiled");
}

async function compile(folder: string, name: string, compilerOptions: object, include: readonly string[]) {
  writeFileSync(join(folder, name), JSON.stringify({ compilerOptions, include }));
  const tsc = start(inRepository("node_modules/.bin/tsc"), ["-p", join(folder, name)]);
  const { code } = await tsc.end(compileMs);
  if (code !== 0) throw new Error(`the examples cannot be compiled:\n${tsc.describe()}`);
}
