import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { loadConfiguration } from "../../src/config/load.js";
import { sections } from "../../src/config/sections.js";

const root = new URL("../../", import.meta.url);
const pages = [
  "README.md",
  ...readdirSync(new URL("docs/", root)).flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
];

/** Every variable that is asked for has a value: a URL where one is wanted. */
const environment = new Proxy<Record<string, string>>({}, { get: (_, name) => valueFor(String(name)) });
const valueFor = (name: string): string => (name.endsWith("_URL") ? "https://hooks.example/x" : "secret");

const keys = [...Object.keys(sections), "checks", "components", "alerts", "supervise"];

/** The blocks of YAML that begin with a section of our configuration; others are for Kubernetes, Envoy, Prometheus. */
function configurationsIn(markdown: string): readonly string[] {
  const blocks = [...markdown.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, yaml = ""]) => yaml);
  return blocks.filter((yaml) => {
    const [first] = Object.keys(parseFirst(yaml) ?? {});
    return first !== undefined && keys.includes(first);
  });
}

/** Undefined where it is no mapping, such as a template of Helm. */
function parseFirst(yaml: string): Record<string, unknown> | undefined {
  const [document] = parseAllDocuments(yaml);
  const value: unknown = document !== undefined && document.errors.length === 0 ? document.toJS() : undefined;
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
}

const configurations = pages.flatMap((page) =>
  configurationsIn(readFileSync(new URL(page, root), "utf8")).map((yaml, index) => ({ page, index, yaml })),
);

it("finds the configurations", () => {
  expect(configurations.length).toBeGreaterThan(20);
  const guides = ["docs/vllm.md", "docs/triton.md", "docs/milvus-rag.md"];
  expect(configurations.map(({ page }) => page)).toEqual(expect.arrayContaining(guides));
});

it.each(configurations)("configuration $index of $page is valid", ({ page, yaml }) => {
  const loaded = loadConfiguration(yaml, fileURLToPath(new URL(page, root)), environment);
  expect(loaded).toMatchObject({ ok: true });
});
