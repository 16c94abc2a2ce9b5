import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { expect, it } from "vitest";

const root = new URL("../../", import.meta.url);

it("docs/testing.md has a row for each end-to-end test, and none for what is not there", () => {
  const tests = readdirSync(new URL("test/e2e", root), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => basename(file));
  expect(tests.length).toBeGreaterThan(40);
  const [, , section = ""] = /^(.*)\n## End to end\n(.*?)\n## /s.exec(
    readFileSync(new URL("docs/testing.md", root), "utf8"),
  ) ?? [""];
  const firstCells = [...section.matchAll(/^\| (`[^|]*`) \|/gm)].map(([, cell = ""]) => cell);
  const rows = firstCells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => basename(file)));
  expect(rows.toSorted()).toEqual(tests.toSorted());
});
