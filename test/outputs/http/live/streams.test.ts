import { describe, expect, it } from "vitest";
import { LiveStreams } from "../../../../src/outputs/http/live/streams.js";
import { goodGpu } from "../../../support/gpu-registry.js";
import { httpApp } from "../app.js";

const limits = { maxStreams: 2, maxQueuedBytes: 1000, maxBehindMs: 15_000, maxAgeMs: 3_600_000 };

function streamsOf(changed: Partial<typeof limits> = {}) {
  const server = httpApp();
  server.gpus.publishGpus(goodGpu);
  return { ...server, streams: new LiveStreams(server.feed, server.gpus.clock, { ...limits, ...changed }) };
}

function readerOf(response: Response) {
  const reader = response.body?.getReader();
  if (reader === undefined) throw new Error("the answer has no body");
  const decoder = new TextDecoder();
  return {
    cancel: () => reader.cancel(),
    /** The next event's name; undefined at the end. */
    async next(): Promise<string | undefined> {
      const { value } = await reader.read();
      return value === undefined ? undefined : /^event: (.*)$/m.exec(decoder.decode(value))?.[1];
    },
  };
}

describe("streams of events", () => {
  it("send the present, and then what changes", async () => {
    const { gpus, get } = httpApp();
    const response = await get("/status/stream");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const reader = readerOf(response);
    expect(await reader.next()).toBe("status");
    gpus.clock.advance(1000);
    expect(await reader.next()).toBe("state");
    await reader.cancel();
  });

  it("hold nothing for a viewer that has gone", async () => {
    const { feed, gpus, streams } = streamsOf();
    const reader = readerOf(streams.response());
    expect(feed.viewerCount).toBe(1);
    await reader.cancel();
    expect(feed.viewerCount).toBe(0);
    expect(gpus.clock.pending).toBe(0);
  });

  it("are limited in number, and the next one is told so", async () => {
    const { streams } = streamsOf();
    const first = readerOf(streams.response());
    streams.response();
    const refused = streams.response();
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("10");
    expect(await refused.json()).toEqual({ error: expect.stringContaining("2 viewers are connected") });
    await first.cancel();
    expect(streams.response().status).toBe(200);
  });

  it("keep little for a viewer that is slow, and begin anew once it reads", async () => {
    const { gpus, streams } = streamsOf();
    const reader = readerOf(streams.response());
    gpus.clock.advance(10_000);
    expect(await reader.next()).toBe("status");
    expect(await reader.next()).toBe("status");
    gpus.clock.advance(1000);
    expect(await reader.next()).toBe("state");
  });

  it("cut off a viewer that takes nothing", async () => {
    const { feed, gpus, streams } = streamsOf();
    const reader = readerOf(streams.response());
    gpus.clock.advance(17_000);
    expect(feed.viewerCount).toBe(0);
    expect(gpus.clock.pending).toBe(0);
    await expect(reader.next()).rejects.toThrow("takes nothing");
  });

  it("end after a while, and when the server does", async () => {
    const { feed, gpus, streams } = streamsOf({ maxAgeMs: 5000, maxQueuedBytes: 1_000_000 });
    streams.response();
    gpus.clock.advance(5000);
    expect(feed.viewerCount).toBe(0);
    const reader = readerOf(streams.response());
    streams.end();
    expect(await reader.next()).toBe("status");
    expect(await reader.next()).toBeUndefined();
    expect(gpus.clock.pending).toBe(0);
  });

  it("are not opened any more once the server has ended them, which a host's server outlives", async () => {
    const { feed, gpus, streams } = streamsOf();
    streams.end();
    expect(streams.response().status).toBe(503);
    expect([feed.viewerCount, gpus.clock.pending]).toEqual([0, 0]);
  });

  it("are not opened for HEAD, of which nobody reads", async () => {
    const { app, feed } = httpApp();
    const response = await app.request(
      "/status/stream",
      { method: "HEAD" },
      { peer: { address: "10.0.0.1", listener: "0.0.0.0:9091" } },
    );
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(feed.viewerCount).toBe(0);
  });

  it("are for those who may read details", async () => {
    const { get, feed } = httpApp(undefined, undefined, { allow: ["10.1.0.0/16"] });
    for (const path of ["/status", "/status/stream"]) expect((await get(path)).status).toBe(403);
    expect(feed.viewerCount).toBe(0);
    expect((await get("/status", { from: "10.1.2.3" })).status).toBe(200);
  });
});
