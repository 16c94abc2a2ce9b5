import { readFile } from "node:fs/promises";
import type { Asset, PageAssets } from "../outputs/http/page/assets.js";

/** Where `scripts/bundle.mjs` puts them. */
const folder = new URL("../../dist/program/page/", import.meta.url);

const contentTypes: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

let loaded: Promise<PageAssets> | undefined;

/** The files of the status page, read when somebody first asks for it. */
export function loadPageAssets(): Promise<PageAssets> {
  loaded ??= read().catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  return loaded;
}

async function read(): Promise<PageAssets> {
  const names: Record<string, string> = JSON.parse(await readFile(new URL("assets.json", folder), "utf8"));
  const files = await Promise.all(Object.values(names).map(async (name) => [name, await readAsset(name)] as const));
  return { names, files: new Map(files) };
}

async function readAsset(name: string): Promise<Asset> {
  const contentType = contentTypes[name.split(".").at(-1) ?? ""] ?? "application/octet-stream";
  return { contentType, body: new Uint8Array(await readFile(new URL(name, folder))) };
}
