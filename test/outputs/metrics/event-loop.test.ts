import { expect, it } from "vitest";
import { EventLoopDelay } from "../../../src/outputs/metrics/event-loop.js";
import { ManualClock } from "../../support/manual-clock.js";

/** In place of Node's: keeps the intervals that it is told, in milliseconds. */
class ManualHistogram {
  private intervalsMs: number[] = [];
  isEnabled = false;

  record(intervalMs: number): void {
    this.intervalsMs = [...this.intervalsMs, intervalMs].sort((a, b) => a - b);
  }

  get count(): number {
    return this.intervalsMs.length;
  }

  get max(): number {
    return this.percentile(100);
  }

  percentile(percent: number): number {
    const index = Math.ceil((percent / 100) * this.count) - 1;
    return (this.intervalsMs[index] ?? 0) * 1e6;
  }

  enable(): boolean {
    this.isEnabled = true;
    return true;
  }

  disable(): boolean {
    this.isEnabled = false;
    return true;
  }

  reset(): void {
    this.intervalsMs = [];
  }
}

function setUp() {
  const clock = new ManualClock();
  const histograms: ManualHistogram[] = [];
  const delay = new EventLoopDelay(clock, () => {
    const histogram = new ManualHistogram();
    histograms.push(histogram);
    return histogram;
  });
  /** The loop was looked at after so long; 100 ms is on time. */
  const look = (...intervalsMs: number[]): void => {
    for (const intervalMs of intervalsMs) for (const histogram of histograms) histogram.record(intervalMs);
  };
  const scrape = (): Record<string, number> =>
    Object.fromEntries(delay.samples().map(({ labels, value }) => [labels.stat, value]));
  return { clock, histograms, delay, look, scrape };
}

it("shows by how much the looks came late, in seconds", () => {
  const { look, scrape } = setUp();
  look(99, 100, 102, 400);
  expect(scrape()).toEqual({ p50: 0, p99: expect.closeTo(0.3), max: expect.closeTo(0.3) });
});

it("has no figures before the first look", () => {
  expect(setUp().scrape()).toEqual({});
});

it("shows a delay to every scraper for at least a minute", () => {
  const { clock, look, scrape } = setUp();
  clock.advance(59_000);
  look(400);
  for (let second = 0; second < 60; second += 5) {
    expect(scrape().max).toBeCloseTo(0.3);
    look(100);
    clock.advance(5000);
  }
});

it("forgets a delay after two minutes of scrapes", () => {
  const { clock, look, scrape } = setUp();
  look(400);
  for (let second = 0; second <= 120; second += 5) {
    scrape();
    look(100);
    clock.advance(5000);
  }
  expect(scrape().max).toBe(0);
});

it("shows a delay at the next scrape, however late that comes", () => {
  const { clock, look, scrape } = setUp();
  look(400);
  clock.advance(3_600_000);
  expect(scrape().max).toBeCloseTo(0.3);
});

it("ends its watch", () => {
  const { delay, histograms } = setUp();
  expect(histograms.map(({ isEnabled }) => isEnabled)).toEqual([true, true]);
  delay.stop();
  expect(histograms.map(({ isEnabled }) => isEnabled)).toEqual([false, false]);
});

it("sees with Node's own monitor that the loop was kept", async () => {
  const delay = new EventLoopDelay(new ManualClock());
  await new Promise((resolve) => setTimeout(resolve, 120));
  const end = performance.now() + 300;
  while (performance.now() < end);
  await new Promise((resolve) => setTimeout(resolve, 120));
  const max = delay.samples().find(({ labels }) => labels.stat === "max")?.value;
  delay.stop();
  expect(max).toBeGreaterThan(0.2);
});
