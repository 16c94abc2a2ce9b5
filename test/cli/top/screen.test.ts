import { describe, expect, it } from "vitest";
import { changeOf, keysIn, maxScrolled, rowsOf } from "../../../src/cli/top/screen.js";
import { sparkline } from "../../../src/cli/top/sparkline.js";
import { cutTo, paragraph, printed, span, widthOf } from "../../../src/cli/top/styled-text.js";

const lines = ["one", "two", "three", "four"].map((text) => [span(text)]);
const plain = { isStyled: false, isAscii: false };
const size = { columns: 60, rows: 3, ...plain };

describe("rowsOf", () => {
  it("fills the screen, and says what is below", () => {
    expect(rowsOf({ lines, ...size, scrolled: 0 })).toEqual(["one", "two", "q quit, up/down scroll, 2 more below"]);
    expect(rowsOf({ lines, ...size, scrolled: maxScrolled(4, 3) })).toEqual([
      "three",
      "four",
      "q quit, up/down scroll",
    ]);
    expect(rowsOf({ lines, ...size, rows: 7, scrolled: 0 })).toEqual(["one", "two", "three", "four", "", "", "q quit"]);
    expect(rowsOf({ lines, ...size, rows: 1, columns: 4, scrolled: 0 })).toEqual(["q q…"]);
  });
});

describe("changeOf", () => {
  it("writes the rows that differ, and nothing where none does", () => {
    expect(changeOf(["a", "b"], ["a", "b"])).toBe("");
    expect(changeOf(["a", "b"], ["a", "c"])).toBe("\u001b[?2026h\u001b[2;1H\u001b[Kc\u001b[?2026l");
    expect(changeOf(undefined, ["a"])).toBe("\u001b[?2026h\u001b[2J\u001b[1;1H\u001b[Ka\u001b[?2026l");
    expect(changeOf(["a"], ["a", "b"])).toContain("\u001b[2J");
  });

  it("clears nothing of a row that fills the width, where the cursor stays on the last character", () => {
    const [, after] = changeOf(["....."], ["12:30"]).split("12:30");
    expect(after).not.toContain("\u001b[K");
  });
});

describe("keysIn", () => {
  it("tells keys apart, however many come at once", () => {
    expect(keysIn("jk")).toEqual(["j", "k"]);
    expect(keysIn("\u001b[A\u001b[6~q")).toEqual(["\u001b[A", "\u001b[6~", "q"]);
    expect(keysIn("\u001b")).toEqual(["\u001b"]);
  });
});

describe("styled text", () => {
  it("is cut to its columns, of which wide characters take two and combining ones none", () => {
    expect(widthOf("a好e\u0301")).toBe(4);
    expect(cutTo("abcdef", 4)).toBe("abc…");
    expect(cutTo("好好好", 4)).toBe("好…");
    expect(cutTo("abcd", 4)).toBe("abcd");
    expect(printed([span("ab", "bold"), span("cdef")], 4, { isStyled: true, isAscii: false })).toBe(
      "\u001b[1mab\u001b[0mc…",
    );
  });
});

describe("a terminal that knows ASCII alone", () => {
  it("gets nothing else, for a byte of UTF-8 can be a control character there", () => {
    const ascii = { isStyled: false, isAscii: true };
    // The second byte of the first sign is that which introduces control sequences in ISO 8859-1.
    expect(printed([span("a\u015b31mb 好 92 °C · 5")], 40, ascii)).toBe("a?31mb ?? 92 C . 5");
    expect(printed([span("abcdef")], 4, ascii)).toBe("abc~");
  });
});

describe("paragraph", () => {
  it("goes on in the next line where there is no room, and never loses a word", () => {
    const text = (columns: number) =>
      paragraph([span("! ")], "one two three", columns).map((line) => printed(line, columns, plain));
    expect(text(20)).toEqual(["! one two three"]);
    expect(text(9)).toEqual(["! one two", "  three"]);
    expect(text(4)).toEqual(["! o…", "  t…", "  t…"]);
    const lines = (beginning: string, said: string) =>
      paragraph([span(beginning)], said, 12).map((line) => printed(line, 12, plain));
    expect(lines("readiness ", "insufficient x")).toEqual(["readiness ", "  insuffici…", "  x"]);
    expect(lines("much longer than it", "")).toEqual(["much longer…"]);
  });
});

describe("sparkline", () => {
  const levels = ["0", "1", "2", "3"];
  it.each([
    { points: [0, 1, 2, 3], columns: 4, text: "0123" },
    { points: [3, 0, 2, 1], columns: 2, text: "32" },
    { points: [3], columns: 4, text: "   3" },
    { points: [1, null, null, 2], columns: 4, text: "1  2" },
    { points: [9, -1, 0, 0], columns: 4, text: "3000" },
    { points: [], columns: 3, text: "   " },
  ])("of $points in $columns columns", ({ points, columns, text }) => {
    expect(sparkline(points, { capacity: 4, columns, ceiling: 3, levels })).toBe(text);
  });
});
