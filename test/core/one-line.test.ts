import { expect, it } from "vitest";
import { oneLine } from "../../src/core/one-line.js";

it.each([
  ["  two\nlines\r\n", "two lines"],
  ["\u001b[31mred\u001b[0m\u0007", "red"],
  ["a\u202eb\u2028c\u0000d", "a b c d"],
  ["\n\t ", ""],
  ["12345678901", "123456789…"],
  ["😀".repeat(11), `${"😀".repeat(9)}…`],
])("makes %j one harmless line", (text, line) => expect(oneLine(text, 10)).toBe(line));
