import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { catalogue } from "../../src/checks/catalogue.js";

const serve = fileURLToPath(new URL("../../src/runtime/serve.ts", import.meta.url));

/** Every file and package that is loaded with this file: what `import()` loads comes later, and types are no code. */
function loadedWith(file: string, loaded = new Set<string>()): ReadonlySet<string> {
  if (loaded.has(file)) return loaded;
  loaded.add(file);
  if (!existsSync(file)) return loaded;
  const text = readFileSync(file, "utf8");
  for (const [, name = ""] of text.matchAll(/^(?:import|export)\s(?!type\s)[^;]*?from "([^"]+)";/gm)) {
    loadedWith(name.startsWith(".") ? resolve(file, "..", name.replace(/\.js$/, ".ts")) : name, loaded);
  }
  return loaded;
}

it("starts without what the first request or drill needs, and without what is for the docs", () => {
  const loaded = [...loadedWith(serve)];
  expect(loaded).toEqual(expect.arrayContaining(["@grpc/grpc-js", "zod"]));
  const late =
    /\/outputs\/http\/(http|admin)-app\.ts$|\/gpu\/drill\.ts$|reflection-service\.ts$|reasons\.ts$|^@?hono|^protobufjs|^yaml$/;
  expect(loaded.filter((each) => late.test(each))).toEqual([]);
});

it("makes the schema of a check type when it is asked for, and once", () => {
  for (const { options } of catalogue) expect(options()).toBe(options());
});
