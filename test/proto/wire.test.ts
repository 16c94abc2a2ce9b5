import { describe, expect, it } from "vitest";
import { bytesField, readFields, readText, smallVarintField, WireError } from "../../src/proto/wire.js";

const bytes = (...values: readonly number[]): Buffer => Buffer.from(values);

describe("readFields", () => {
  it("gives numbers and bytes in the order in which they came", () => {
    const message = Buffer.concat([smallVarintField(2, 7), bytesField(1, Buffer.from("a")), smallVarintField(2, 8)]);
    expect(readFields(message)).toEqual([
      { number: 2, kind: "varint", value: 7, int64: 7 },
      { number: 1, kind: "bytes", bytes: Buffer.from("a") },
      { number: 2, kind: "varint", value: 8, int64: 8 },
    ]);
    expect(readFields(bytes())).toEqual([]);
  });

  it("reads lengths of several bytes", () => {
    const long = Buffer.alloc(20_000, 0x61);
    expect(readFields(bytesField(15, long))).toEqual([{ number: 15, kind: "bytes", bytes: long }]);
  });

  it("skips fixed-width numbers and groups, nested ones too", () => {
    const fixed64 = bytes(0x19, 1, 2, 3, 4, 5, 6, 7, 8);
    const fixed32 = bytes(0x25, 1, 2, 3, 4);
    const group = bytes(0x2b, 0x33, 0x08, 0x01, 0x34, 0x12, 0x01, 0x61, 0x2c);
    const known = smallVarintField(1, 1);
    expect(readFields(Buffer.concat([fixed64, fixed32, group, known]))).toHaveLength(1);
  });

  it("keeps the low 32 bits of a longer number, and all of it as a signed one", () => {
    expect(readFields(bytes(0x08, 0x81, 0x80, 0x80, 0x80, 0x80, 0x01))).toEqual([
      { number: 1, kind: "varint", value: 1, int64: 2 ** 35 + 1 },
    ]);
    const minusTwo = bytes(0x08, 0xfe, ...Array(8).fill(0xff), 0x01);
    expect(readFields(minusTwo)).toEqual([{ number: 1, kind: "varint", value: 0xfffffffe, int64: -2 }]);
  });

  it.each([
    ["inside a tag", bytes(0x8a)],
    ["inside a number", bytes(0x08, 0x80)],
    ["inside a length", bytes(0x0a, 0x80)],
    ["inside bytes", bytes(0x0a, 2, 0x61)],
    ["after a length of 4 GiB", bytes(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f)],
    ["inside a fixed-width number", bytes(0x19, 1, 2)],
    ["inside a group", bytes(0x2b, 0x08, 0x01)],
  ])("refuses a message that ends %s", (_where, message) => {
    expect(() => readFields(message)).toThrow(WireError);
    expect(() => readFields(message)).toThrow(/ends inside/);
  });

  it.each([
    ["field number 0", bytes(0x00, 0x00), /number 0/],
    ["an unknown wire type", bytes(0x0e), /wire type 6/],
    ["the end of a group that did not begin", bytes(0x0c), /wire type 4/],
    ["a group that ends as another", bytes(0x2b, 0x34), /ends as group 6/],
    ["a number of more than 10 bytes", Buffer.concat([bytes(0x08), Buffer.alloc(10, 0x80), bytes(1)]), /longer than/],
    ["groups without end", Buffer.alloc(10_000, 0x2b), /nested/],
  ])("refuses %s", (_what, message, reason) => {
    expect(() => readFields(message)).toThrow(reason);
  });
});

describe("readText", () => {
  it("reads UTF-8 and refuses anything else", () => {
    expect(readText(Buffer.from("gpu/0 🧨"))).toBe("gpu/0 🧨");
    // Two bytes that do not belong together, a surrogate, a character that is cut.
    for (const invalid of [bytes(0xc3, 0x28), bytes(0xed, 0xa0, 0x80), bytes(0xf0, 0x9f)]) {
      expect(() => readText(invalid)).toThrow(WireError);
    }
  });
});
