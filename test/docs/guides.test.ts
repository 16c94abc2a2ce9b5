import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { loadConfiguration } from "../../src/config/load.js";

const guides = ["vllm.md", "triton.md", "milvus-rag.md"];

it.each(guides)("every configuration in docs/%s is valid", (guide) => {
  const text = readFileSync(new URL(`../../docs/${guide}`, import.meta.url), "utf8");
  const configurations = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = ""]) => yaml);
  expect(configurations.length).toBeGreaterThan(0);
  for (const yaml of configurations) {
    expect(loadConfiguration(yaml, guide, { MILVUS_TOKEN: "token" })).toMatchObject({ ok: true });
  }
});
