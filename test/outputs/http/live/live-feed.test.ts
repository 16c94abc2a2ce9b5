import { describe, expect, it } from "vitest";
import { EventStreamParser } from "../../../../src/live/event-stream.js";
import { follow, type LiveEvent, maxTransitions } from "../../../../src/live/follow.js";
import type { LiveStatus } from "../../../../src/live/state.js";
import { goodGpu, gpuReadings, lowMemory } from "../../../support/gpu-registry.js";
import { httpApp } from "../app.js";

/** Follows a feed as the page does. */
function viewerOf({ feed }: ReturnType<typeof httpApp>) {
  const parser = new EventStreamParser();
  const decoder = new TextDecoder();
  const events: LiveEvent[] = [];
  let status: LiveStatus | undefined;
  const leave = feed.add((bytes) => {
    for (const { event, data } of parser.push(decoder.decode(bytes))) {
      const news = { event, data: JSON.parse(data) } as LiveEvent;
      events.push(news);
      status = follow(status, news);
    }
  });
  return {
    events,
    leave,
    get status(): LiveStatus {
      if (status === undefined) throw new Error("no status has come");
      return status;
    },
  };
}

/** What does not differ with the moment of looking. */
const lasting = ({ state, transitions }: LiveStatus) => ({ state: { ...state, atWallMs: 0 }, transitions });

describe("the live feed", () => {
  it("costs no timer while nobody looks", () => {
    const server = httpApp();
    server.gpus.publishGpus(goodGpu);
    expect(server.gpus.clock.pending).toBe(0);
    const viewer = viewerOf(server);
    expect(server.gpus.clock.pending).toBe(1);
    viewer.leave();
    expect(server.gpus.clock.pending).toBe(0);
  });

  it("begins with the present and follows every change: the viewer knows what /status says", () => {
    const server = httpApp();
    const { gpus, feed } = server;
    gpus.publishGpus(goodGpu, goodGpu);
    const viewer = viewerOf(server);
    expect(viewer.status).toEqual(JSON.parse(JSON.stringify(feed.status())));
    const changes = [
      () => gpus.publishGpus(lowMemory, goodGpu),
      () => gpus.publish("cache", { status: "degraded", reason: "slow", message: "slow" }),
      () => gpus.registry.drain("kernel update"),
      () => gpus.publishGpus(goodGpu),
      () => gpus.registry.undrain(),
      () => gpus.registry.forget("gpu"),
    ];
    for (const change of changes) {
      change();
      gpus.clock.advance(1000);
      expect(lasting(viewer.status)).toEqual(lasting(JSON.parse(JSON.stringify(feed.status()))));
    }
  });

  it("tells of a component's change at once, with all that changed together", () => {
    const server = httpApp();
    server.gpus.publishGpus(goodGpu);
    const viewer = viewerOf(server);
    server.gpus.publishGpus(lowMemory);
    expect(viewer.status.transitions.at(-1)).toMatchObject({ to: "unhealthy", reason: "insufficient_gpu_memory" });
    expect(viewer.status.state.status).toBe("healthy");
    server.gpus.clock.advance(50);
    expect(viewer.status.state).toMatchObject({ status: "unhealthy", reason: "insufficient_gpu_memory" });
  });

  it("tells of changes that follow each other all the time, and does not wait for a pause", () => {
    const server = httpApp();
    const viewer = viewerOf(server);
    for (let change = 0; change < 100; change += 1) {
      server.gpus.publishGpus(change % 2 === 0 ? lowMemory : goodGpu);
      server.gpus.clock.advance(40);
    }
    const states = viewer.events.filter(({ event }) => event === "state");
    expect(states.length).toBeGreaterThan(40);
    expect(states.length).toBeLessThanOrEqual(80);
  });

  it("says something every second, and nothing of what is as it was", () => {
    const server = httpApp();
    server.gpus.publishGpus(goodGpu);
    const viewer = viewerOf(server);
    viewer.events.length = 0;
    server.gpus.clock.advance(1000);
    expect(viewer.events).toEqual([{ event: "state", data: { atWallMs: server.gpus.clock.wallMs() } }]);
  });

  it("sends each step of the history once", () => {
    const server = httpApp();
    const { gpus, feed } = server;
    const viewer = viewerOf(server);
    for (let second = 0; second < 20; second += 1) {
      const temperatureCelsius = { ok: true, value: 40 + second } as const;
      gpus.publishGpus({ ...goodGpu, readings: { ...gpuReadings, temperatureCelsius } });
      gpus.clock.advance(1000);
    }
    gpus.clock.advance(1000);
    expect(viewer.status.history).toEqual(JSON.parse(JSON.stringify(feed.status().history)));
    expect(viewer.status.history.gpus["gpu/0"]?.temperatureCelsius).toHaveLength(10);
  });

  it("brings those who look already up to date before one more does", () => {
    const server = httpApp();
    server.gpus.publishGpus(goodGpu);
    const first = viewerOf(server);
    server.gpus.clock.advance(300);
    server.gpus.registry.drain("kernel update");
    const second = viewerOf(server);
    server.gpus.clock.advance(2000);
    expect(first.status).toEqual(second.status);
  });

  it("keeps times as they are while the clocks drift, and follows a clock that is set", () => {
    const server = httpApp();
    server.gpus.publish("cache", { status: "degraded", reason: "slow", message: "slow" });
    const since = () => server.feed.status().state.checks.cache?.sinceWallMs;
    const before = since();
    server.gpus.clock.jumpWall(20);
    expect(since()).toBe(before);
    server.gpus.clock.jumpWall(3_600_000);
    expect(since()).toBe((before ?? 0) + 3_600_020);
  });

  it("keeps the last transitions, without aliases, and cuts long messages", () => {
    const { gpus, feed } = httpApp();
    gpus.publishGpus(goodGpu);
    for (let round = 0; round < maxTransitions; round += 1) {
      const message = "x".repeat(10_000);
      gpus.publish("cache", { status: "degraded", reason: `reason_${round}`, message });
    }
    const { transitions } = feed.status();
    expect(transitions).toHaveLength(maxTransitions);
    expect(new Set(transitions.map(({ component }) => component))).not.toContain("");
    expect(Math.max(...transitions.map(({ message }) => message.length))).toBeLessThanOrEqual(500);
  });

  it("cuts a message by characters as people count them, and never within one", () => {
    const { gpus, feed } = httpApp();
    gpus.publishGpus(goodGpu);
    const kept = (message: string) => {
      gpus.publish("cache", { status: "degraded", reason: `reason_${message.length}`, message });
      return feed.status().transitions.at(-1)?.message;
    };
    expect(kept("😀".repeat(500))).toBe("😀".repeat(500));
    expect(kept("😀".repeat(501))).toBe(`${"😀".repeat(499)}…`);
  });

  it("says which check a status comes from, and what that looked at", () => {
    const { gpus, feed } = httpApp();
    gpus.publishGpus(goodGpu, lowMemory);
    const { state } = feed.status();
    const decidedBy = { check: "gpu", subject: "gpu/1" };
    expect(state).toMatchObject({ status: "unhealthy", decidedBy });
    expect(state.components.gpu).toMatchObject({ decidedBy });
    gpus.publishGpus(goodGpu, goodGpu);
    expect(feed.status().state.decidedBy).toBeUndefined();
  });

  it("has all that a page needs of a GPU, and no made-up value", () => {
    const { gpus, feed } = httpApp();
    gpus.publishGpus({
      ...goodGpu,
      readings: { ...gpuReadings, powerWatts: { ok: false, why: "lost" } },
      faults: [{ fault: "xid_79", severity: "fatal", message: "gone", remedy: "reboot", sinceMs: 0, count: 1 }],
      series: { processMemoryBytes: [{ labels: { pid: "4711", program: "python", kind: "compute" }, value: 5 }] },
    });
    expect(feed.status().state.gpus["gpu/0"]).toMatchObject({
      index: 0,
      model: "NVIDIA H200",
      readings: { powerWatts: { ok: false, why: "lost" } },
      faults: [{ fault: "xid_79", remedy: "reboot", sinceWallMs: gpus.clock.wallMs() }],
      processes: [{ pid: "4711", program: "python", usedBytes: 5 }],
    });
    expect(feed.status().state.components.readiness?.aliases).toEqual([""]);
  });
});
