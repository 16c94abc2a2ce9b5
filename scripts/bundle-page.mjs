// Bundles the status page's client into files whose names change with their content, so that browsers may keep them for
// good. docs/status-page.md says what is in them.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { licenses } from "./licenses.mjs";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const read = (relative) => readFileSync(path(relative), "utf8");

/** Writes the page's files and a list of them into a folder. */
export async function bundlePage(folder) {
  mkdirSync(folder, { recursive: true });
  const written = {};
  const write = (name, content) => {
    const [base, extension] = name.split(".");
    const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
    written[name] = `${base}-${hash}.${extension}`;
    writeFileSync(`${folder}/${written[name]}`, content);
  };
  write("page.js", await script());
  write(
    "page.css",
    withoutComments(`${read("../node_modules/uplot/dist/uPlot.min.css")}\n${read("../src/page/style.css")}`),
  );
  for (const icon of readdirSync(path("../src/page/icons"))) write(icon, read(`../src/page/icons/${icon}`));
  writeFileSync(`${folder}/assets.json`, `${JSON.stringify(written, undefined, 2)}\n`);
  writeFileSync(`${folder}/LICENSES.txt`, licenses(["preact", "uplot"]));
}

async function script() {
  const bundle = await rolldown({
    input: path("../src/page/main.tsx"),
    platform: "browser",
    tsconfig: path("../src/page/tsconfig.json"),
    resolve: { extensionAlias: { ".js": [".ts", ".tsx", ".js"] } },
  });
  const { output } = await bundle.generate({ format: "iife", minify: true, comments: false });
  await bundle.close();
  return output[0].code;
}

const withoutComments = (css) => css.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/\n\s*/g, "\n");
