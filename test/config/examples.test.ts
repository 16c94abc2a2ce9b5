import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { loadConfiguration } from "../../src/config/load.js";

const directory = new URL("../../examples/", import.meta.url);
const files = readdirSync(directory).filter((file) => file.endsWith(".yaml"));

it.each(files)("%s is valid", (file) => {
  const text = readFileSync(new URL(file, directory), "utf8");
  const loaded = loadConfiguration(text, file, { UPSTREAM_HOST: "upstream.example" });
  expect(loaded).toMatchObject({
    ok: true,
    configuration: { components: expect.arrayContaining([expect.anything()]) },
  });
});
