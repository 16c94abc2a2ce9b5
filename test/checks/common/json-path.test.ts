import { describe, expect, it } from "vitest";
import { jsonPath, valueAt } from "../../../src/checks/common/json-path.js";

describe("a JSON path", () => {
  const document = {
    status: "up",
    models: [{ name: "a", "max-length": 4 }, { name: "b" }],
    "a key": { "": 1 },
    nil: null,
  };

  it.each([
    ["$", document],
    ["$.status", "up"],
    ["$.models[0].name", "a"],
    ["$.models[-1].name", "b"],
    ["$.models[0].max-length", 4],
    ["$['a key']['']", 1],
    ['$["models"][1]["name"]', "b"],
    ["$.nil", null],
  ])("%s leads to its value", (path, value) => expect(valueAt(document, path)).toEqual(value));

  it.each(["$.missing", "$.models[7]", "$.models.name", "$.status[0]", "$.nil.x", "$.constructor", "$.models.length"])(
    "%s leads nowhere",
    (path) => expect(valueAt(document, path)).toBeUndefined(),
  );

  it.each(["", "status", "$status", "$.", "$..a", "$.a[*]", "$[?(@.a)]", "$.a[01]", "$.a[0", "$.a b", "$['a]", "$.a "])(
    "%j is refused",
    (path) => expect(jsonPath().safeParse(path).success).toBe(false),
  );
});
