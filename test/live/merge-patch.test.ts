import { describe, expect, it } from "vitest";
import { applyMergePatch, mergePatchOf } from "../../src/live/merge-patch.js";

describe("applyMergePatch", () => {
  // The examples of RFC 7396, appendix A.
  it.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', "{}"],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', "null", "null"],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ["[1,2]", '{"a":"b","c":null}', '{"a":"b"}'],
    ["{}", '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])("%s with %s is %s", (target, patch, result) => {
    expect(applyMergePatch(JSON.parse(target), JSON.parse(patch))).toEqual(JSON.parse(result));
  });

  it("leaves what did not change the same object, and the target as it was", () => {
    const target = { kept: { a: 1 }, changed: { b: 1 } };
    const result = applyMergePatch(target, { changed: { b: 2 } }) as typeof target;
    expect(result.kept).toBe(target.kept);
    expect(target.changed).toEqual({ b: 1 });
  });

  it("takes __proto__ for a name like any other", () => {
    const result = applyMergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}')) as object;
    expect(Object.keys(result)).toEqual(["__proto__"]);
    expect("polluted" in result).toBe(false);
  });
});

describe("mergePatchOf", () => {
  it.each([
    [{ a: 1 }, { a: 1 }],
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, {}],
    [{ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }],
    [{ a: { b: { c: 1, d: 2 } } }, { a: { b: { d: 2, e: "3" } } }],
    [{ a: { b: 1 } }, { a: "text" }],
    [{ a: "text" }, { a: { b: 1 } }],
    [{ a: 1 }, { a: undefined }],
    [{}, JSON.parse('{"__proto__":{"a":1}}')],
  ])("of %j and %j makes the second of the first", (before, after) => {
    const patch = mergePatchOf(before, after);
    const sent = patch === undefined ? {} : JSON.parse(JSON.stringify(patch));
    expect(JSON.stringify(applyMergePatch(before, sent))).toBe(JSON.stringify(after));
  });

  it("has nothing but what changed", () => {
    const before = { a: { b: 1, c: [1, 2] }, d: "e" };
    expect(mergePatchOf(before, { a: { b: 2, c: [1, 2] }, d: "e" })).toEqual({ a: { b: 2 } });
    expect(mergePatchOf(before, structuredClone(before))).toBeUndefined();
  });
});
