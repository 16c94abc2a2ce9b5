import { Readable } from "node:stream";
import type { ClientReadableStream } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { newestOf } from "../../src/client/newest.js";

function open() {
  const readable = new Readable({ objectMode: true, read() {} });
  let heard = 0;
  const values = newestOf(readable as ClientReadableStream<number>, () => {
    heard += 1;
  });
  return { readable, values, heard: () => heard };
}

describe("the newest of a stream", () => {
  it("is what holds when it is taken, however much there was meanwhile", async () => {
    const { readable, values, heard } = open();
    const first = values.next();
    readable.push(0);
    expect((await first).value).toBe(0);
    for (let value = 1; value <= 10_000; value += 1) readable.push(value);
    await expect.poll(heard).toBe(10_001);
    expect(readable.readableLength).toBe(0);
    expect((await values.next()).value).toBe(10_000);
  });

  it("comes before the end, and before the error that ends the stream", async () => {
    const [ending, failing] = [open(), open()];
    const firsts = [ending.values.next(), failing.values.next()];
    for (const { readable } of [ending, failing]) readable.push(1);
    await Promise.all(firsts);
    ending.readable.push(2);
    ending.readable.push(null);
    failing.readable.push(2);
    failing.readable.push(null);
    await expect.poll(failing.heard).toBe(2);
    failing.readable.emit("error", new Error("lost"));
    expect([(await ending.values.next()).value, (await failing.values.next()).value]).toEqual([2, 2]);
    expect((await ending.values.next()).done).toBe(true);
    await expect(failing.values.next()).rejects.toThrow("lost");
  });
});
