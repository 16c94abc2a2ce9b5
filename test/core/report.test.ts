import { expect, it } from "vitest";
import { baseUnitInstead, unitOfName } from "../../src/core/report.js";

it("takes the unit of a reading from the last word of its name", () => {
  const names = ["memory_used_bytes", "wait_seconds", "seconds", "cache_ratio", "queue_length", "bytes_queue"];
  expect(names.map(unitOfName)).toEqual(["bytes", "seconds", "seconds", "ratio", "count", "count"]);
});

it("knows endings that would hide a unit in a count", () => {
  const names = ["wait_ms", "used_gib", "used_percent", "queue_length", "constructor", "wait_seconds"];
  expect(names.map(baseUnitInstead)).toEqual(["seconds", "bytes", "ratio", undefined, undefined, undefined]);
});
