import { expect, it } from "vitest";
import { EventLoopDelays } from "../../../src/core/event-loop-delays.js";
import { RecentDelays } from "../../../src/outputs/metrics/event-loop.js";
import { ManualClock } from "../../support/manual-clock.js";

function setUp() {
  const clock = new ManualClock();
  const recent = new RecentDelays(new EventLoopDelays(clock), clock);
  /** The loop is blocked, so that a timer comes this late. */
  const block = (delayMs: number): void => clock.suspend(100 + delayMs);
  const scrape = (): Record<string, number> =>
    Object.fromEntries(recent.samples().map(({ labels, value }) => [labels.stat, value]));
  return { clock, recent, block, scrape };
}

it("shows by how much the timer came late, in seconds", () => {
  const { clock, block, scrape } = setUp();
  clock.advance(1020);
  block(300);
  expect(scrape()).toEqual({ p50: expect.closeTo(0, 5), p99: expect.closeTo(0.3), max: expect.closeTo(0.3) });
});

it("has no figures before the first look", () => {
  expect(setUp().scrape()).toEqual({});
});

it("shows a delay to every scraper for at least a minute", () => {
  const { clock, block, scrape } = setUp();
  clock.advance(59_020);
  block(300);
  for (let second = 0; second < 60; second += 5) {
    expect(scrape().max).toBeCloseTo(0.3);
    clock.advance(5000);
  }
});

it("forgets a delay after two minutes of scrapes", () => {
  const { clock, block, scrape } = setUp();
  clock.advance(20);
  block(300);
  for (let second = 0; second <= 120; second += 5) {
    scrape();
    clock.advance(5000);
  }
  expect(scrape().max).toBeCloseTo(0, 5);
});

it("shows a delay at the next scrape, however late that comes", () => {
  const { clock, block, scrape } = setUp();
  clock.advance(20);
  block(300);
  clock.advance(3_600_000);
  expect(scrape().max).toBeCloseTo(0.3);
});

it("ends its watch", () => {
  const { clock, recent } = setUp();
  expect(clock.pending).toBe(1);
  recent.stop();
  expect(clock.pending).toBe(0);
});
