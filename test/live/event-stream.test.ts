import { describe, expect, it } from "vitest";
import { EventStreamParser, formatEvent } from "../../src/live/event-stream.js";

const parse = (...pieces: readonly string[]) => {
  const parser = new EventStreamParser();
  return pieces.flatMap((piece) => parser.push(piece));
};

describe("EventStreamParser", () => {
  it("reads what formatEvent writes, cut anywhere", () => {
    const text = formatEvent({ event: "state", data: '{"a":"b: c"}' }) + formatEvent({ event: "points", data: "1" });
    const events = [
      { event: "state", data: '{"a":"b: c"}' },
      { event: "points", data: "1" },
    ];
    expect(parse(text)).toEqual(events);
    expect(parse(...text)).toEqual(events);
  });

  it("reads what the standard allows: comments, other line ends, several lines of data, fields without a value", () => {
    expect(parse(": keepalive\n\nid: 7\nretry: 100\ndata: a\ndata\ndata:b\n\n")).toEqual([
      { event: "message", data: "a\n\nb" },
    ]);
    expect(parse("event: x\r\ndata: 1\r", "\n\r\n")).toEqual([{ event: "x", data: "1" }]);
    expect(parse("event: x\rdata: 1\r\r", "data: 2\n\n")).toEqual([
      { event: "x", data: "1" },
      { event: "message", data: "2" },
    ]);
  });

  it("gives nothing of an event that was cut off", () => {
    expect(parse("event: state\ndata: {")).toEqual([]);
  });
});
