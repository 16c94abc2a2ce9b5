// What is bundled must travel with its license: the image has no node_modules for it.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folderOf = (name) => fileURLToPath(new URL(`../node_modules/${name}`, import.meta.url));

/** The licenses of packages as one text. Throws where a package brings none. */
export const licenses = (packages) => packages.map((name) => `${name}\n\n${licenseOf(name)}\n`).join("\n");

function licenseOf(name) {
  const file = readdirSync(folderOf(name)).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) throw new Error(`${name} is bundled, and there is no license in its folder`);
  return readFileSync(`${folderOf(name)}/${file}`, "utf8").trim();
}

/** The packages that modules are of, by the paths of these. */
export const packagesOf = (modules) =>
  [...new Set(modules.flatMap((path) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []))].sort();
