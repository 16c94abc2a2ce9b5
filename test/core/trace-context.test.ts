import { expect, it } from "vitest";
import { traceIdOf } from "../../src/core/trace-context.js";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const parentId = "00f067aa0ba902b7";

it.each([`00-${traceId}-${parentId}-01`, `00-${traceId}-${parentId}-00`, `01-${traceId}-${parentId}-01-more`])(
  "has the trace of %s",
  (header) => {
    expect(traceIdOf(header)).toBe(traceId);
  },
);

it.each([
  ["nothing", undefined],
  ["an empty one", ""],
  ["the version that may not be", `ff-${traceId}-${parentId}-01`],
  ["more than its version has", `00-${traceId}-${parentId}-01-more`],
  ["capital letters", `00-${traceId.toUpperCase()}-${parentId}-01`],
  ["a trace of zeros", `00-${"0".repeat(32)}-${parentId}-01`],
  ["a parent of zeros", `00-${traceId}-${"0".repeat(16)}-01`],
  ["a short trace", `00-${traceId.slice(1)}-${parentId}-01`],
  ["no flags", `00-${traceId}-${parentId}`],
  ["two headers in one", `00-${traceId}-${parentId}-01, 00-${traceId}-${parentId}-01`],
  ["another line", `00-${traceId}-${parentId}-01\n{"level":"error"}`],
  ["a line before it", `\n00-${traceId}-${parentId}-01`],
  ["letters that are none", `00-${"g".repeat(32)}-${parentId}-01`],
])("has none of %s", (_what, header) => {
  expect(traceIdOf(header)).toBeUndefined();
});
