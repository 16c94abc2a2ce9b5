import { describe, expect, it } from "vitest";
import { Dependencies, findCycles } from "../../src/core/dependencies.js";

const from = (dependsOn: Readonly<Record<string, readonly string[]>>) => new Map(Object.entries(dependsOn));

describe("Dependencies", () => {
  const dependencies = new Dependencies(from({ api: ["cache", "queue"], cache: ["database"], queue: ["database"] }));

  it("follows them through others, deepest first and each once", () => {
    expect(dependencies.causesOf("api")).toEqual(["database", "cache", "queue"]);
    expect(dependencies.causesOf("database")).toEqual([]);
  });

  it("knows what depends on a check, through others too", () => {
    expect(dependencies.dependentsOf("database")).toEqual(["api", "cache", "queue"]);
    expect(dependencies.dependentsOf("api")).toEqual([]);
  });

  it("comes to an end where they go in a circle", () => {
    expect(new Dependencies(from({ a: ["b"], b: ["a"] })).causesOf("a")).toEqual(["b"]);
  });
});

describe("findCycles", () => {
  it("finds each circle once", () => {
    expect(findCycles(from({ start: ["a"], a: ["b"], b: ["c"], c: ["a"], self: ["self"] }))).toEqual([
      ["a", "b", "c"],
      ["self"],
    ]);
  });

  it("takes two ways to one check for none", () => {
    expect(findCycles(from({ a: ["b", "c"], b: ["d"], c: ["d", "unknown"] }))).toEqual([]);
  });
});
