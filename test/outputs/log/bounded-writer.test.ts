import { describe, expect, it } from "vitest";
import { BoundedWriter } from "../../../src/outputs/log/bounded-writer.js";

type Done = (error?: Error) => void;

/** A sink whose writes end when the test says so. */
function manualSink() {
  const texts: string[] = [];
  const waiting: Done[] = [];
  const sink = (text: string, done: Done): void => {
    texts.push(text);
    waiting.push(done);
  };
  const finish = (error?: Error): void => {
    const done = waiting.shift();
    if (done === undefined) throw new Error("no write is in progress");
    done(error);
  };
  return { sink, texts, finish, writes: () => waiting.length };
}

const ignore = (): void => {};

describe("BoundedWriter", () => {
  it("has one write at a time in progress and sends what came meanwhile in one piece", () => {
    const { sink, texts, finish } = manualSink();
    const writer = new BoundedWriter(sink, 1000, ignore);
    writer.write("a\n");
    writer.write("b\n");
    writer.write("c\n");
    expect(texts).toEqual(["a\n"]);
    finish();
    expect(texts).toEqual(["a\n", "b\nc\n"]);
    expect(writer.droppedLines).toBe(0);
  });

  it("drops and counts what goes over its bound while the reader stalls, and takes lines again afterwards", () => {
    const { sink, texts, finish } = manualSink();
    const writer = new BoundedWriter(sink, 10, ignore);
    for (let line = 0; line < 100; line += 1) writer.write("1234\n");
    expect(writer.droppedLines).toBe(98);
    expect(texts).toEqual(["1234\n"]);
    finish();
    finish();
    writer.write("1234\n");
    expect(texts).toEqual(["1234\n", "1234\n", "1234\n"]);
    expect(writer.droppedLines).toBe(98);
  });

  it("measures its bound in bytes", () => {
    const { sink } = manualSink();
    const writer = new BoundedWriter(sink, 5, ignore);
    writer.write("€€\n");
    expect(writer.droppedLines).toBe(1);
  });

  it("says once how many lines were lost, when lines get through again", () => {
    const { sink, finish } = manualSink();
    const losses: number[] = [];
    const writer = new BoundedWriter(sink, 10, (lostLines) => losses.push(lostLines));
    for (let line = 0; line < 5; line += 1) writer.write("1234\n");
    expect(losses).toEqual([]);
    finish();
    expect(losses).toEqual([3]);
    finish();
    expect(losses).toEqual([3]);
  });

  it("counts the lines of a failed write as lost and starts the next one on a line of its own", () => {
    const { sink, texts, finish } = manualSink();
    const writer = new BoundedWriter(sink, 1000, ignore);
    writer.write("a\n");
    finish(new Error("ENOSPC"));
    writer.write("b\n");
    finish();
    writer.write("c\n");
    expect(texts).toEqual(["a\n", "\nb\n", "c\n"]);
    expect(writer.droppedLines).toBe(1);
  });

  it("flush waits for what is in progress and for what waits behind it", async () => {
    const { sink, finish } = manualSink();
    const writer = new BoundedWriter(sink, 1000, ignore);
    await writer.flush(60_000);
    writer.write("a\n");
    writer.write("b\n");
    let isFlushed = false;
    const flushed = writer.flush(60_000).then(() => {
      isFlushed = true;
    });
    finish();
    await Promise.resolve();
    expect(isFlushed).toBe(false);
    finish();
    await flushed;
  });

  it("flush gives up at its deadline when the reader stalls", async () => {
    const { sink } = manualSink();
    const writer = new BoundedWriter(sink, 1000, ignore);
    writer.write("a\n");
    await writer.flush(1);
  });
});
