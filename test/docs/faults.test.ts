import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { figuresIn, matrix } from "../e2e/faults/table.js";
import { fillIn } from "../support/reference.js";

const path = fileURLToPath(new URL("../../docs/faults.md", import.meta.url));

/** Test/e2e/faults.test.ts holds the server to the rows. `-u` writes them; `MEASURE=1` there also measures the times. */
it("docs/faults.md has every row that is tested, and a time for each", async () => {
  const document = readFileSync(path, "utf8");
  await expect(fillIn(document, { matrix: matrix(figuresIn(document)) })).toMatchFileSnapshot(path);
  expect(document).not.toContain("not measured");
});
