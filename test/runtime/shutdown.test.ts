import { beforeEach, describe, expect, it } from "vitest";
import type { Logger } from "../../src/outputs/log/logger.js";
import { createShutdown } from "../../src/runtime/shutdown.js";
import { ManualClock } from "../support/manual-clock.js";

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const silent: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  droppedLines: () => 0,
  flush: async () => {},
};

describe("createShutdown", () => {
  let clock: ManualClock;
  let steps: string[];
  let closed: (abandonedThreads: number) => void;
  let shutdown: (signal: "SIGTERM" | "SIGINT") => void;

  beforeEach(() => {
    clock = new ManualClock();
    steps = [];
    const note = (step: string): void => void steps.push(`${clock.nowMs()}: ${step}`);
    shutdown = createShutdown({
      server: {
        drain: { delayMs: 5000, deadlineMs: 20_000 },
        turnAway: () => note("turn away"),
        close: (deadlineMs) => {
          note(`close within ${deadlineMs} ms`);
          return new Promise((resolve) => {
            closed = resolve;
          });
        },
      },
      logger: silent,
      clock,
      exit: (code) => note(`exit ${code}`),
      exitNow: (code) => note(`exit now ${code}`),
    });
  });

  it("turns away at once, ends after the delay and exits 0", async () => {
    shutdown("SIGTERM");
    expect(steps).toEqual(["0: turn away"]);
    clock.advance(5000);
    await settled();
    clock.advance(300);
    closed(0);
    await settled();
    expect(steps).toEqual(["0: turn away", "5000: close within 14800 ms", "5300: exit 0"]);
  });

  it("leaves without exit handlers where a thread hangs", async () => {
    shutdown("SIGTERM");
    clock.advance(5000);
    await settled();
    closed(1);
    await settled();
    expect(steps).toContain("5000: exit now 0");
  });

  it("exits at the deadline, whatever hangs", async () => {
    shutdown("SIGTERM");
    clock.advance(5000);
    await settled();
    clock.advance(15_000);
    expect(steps.at(-1)).toBe("20000: exit now 0");
  });

  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)("exits at once on a second signal (%s: %s)", (signal, code) => {
    shutdown("SIGTERM");
    shutdown(signal);
    expect(steps).toEqual(["0: turn away", `0: exit now ${code}`]);
  });
});
