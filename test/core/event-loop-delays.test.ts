import { expect, it } from "vitest";
import { EventLoopDelays } from "../../src/core/event-loop-delays.js";
import { ManualClock } from "../support/manual-clock.js";

function setUp(clock = new ManualClock()) {
  const delays = new EventLoopDelays(clock);
  const heard: number[] = [];
  const unsubscribe = delays.subscribe((microseconds) => heard.push(microseconds));
  return { clock, delays, heard, unsubscribe };
}

it("tells a first delay soon, and then ten a second", () => {
  const { clock, heard } = setUp();
  clock.advance(20);
  expect(heard).toEqual([1]);
  clock.advance(1000);
  expect(heard).toHaveLength(11);
});

it("tells how late the timer came", () => {
  const { clock, heard } = setUp();
  clock.advance(20);
  clock.suspend(350);
  expect(heard).toEqual([1, 250_000]);
});

it("notes a block that has only just ended, once", () => {
  class BlockedClock extends ManualClock {
    /** Time passes, and what falls due has not run yet. */
    block(durationMs: number): void {
      this.passed += durationMs;
    }
    private passed = 0;
    override nowMs(): number {
      return super.nowMs() + this.passed;
    }
  }
  const clock = new BlockedClock();
  const { delays, heard } = setUp(clock);
  delays.catchUp();
  expect(heard).toEqual([]);
  clock.block(420);
  delays.catchUp();
  delays.catchUp();
  expect(heard).toEqual([400_000]);
});

it("has one timer, whoever listens, and none when nobody does", () => {
  const { clock, delays, heard, unsubscribe } = setUp();
  const others: number[] = [];
  const leave = delays.subscribe((microseconds) => others.push(microseconds));
  expect(clock.pending).toBe(1);
  clock.advance(120);
  unsubscribe();
  clock.advance(100);
  expect([heard.length, others.length]).toEqual([2, 3]);
  leave();
  expect(clock.pending).toBe(0);
  delays.catchUp();
  expect(clock.pending).toBe(0);
});
