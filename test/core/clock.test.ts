import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock, wakefulClock } from "../../src/core/clock.js";

describe.each([systemClock, wakefulClock])("the real clock, keeping the process awake or not", (clock) => {
  const dayMs = 86_400_000;
  const ran = vi.fn();

  // They run a timer of more than 2^31 - 1 ms at once, as Node does.
  beforeEach(() => {
    vi.useFakeTimers();
    ran.mockClear();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it("waits longer than a timer of Node can", () => {
    clock.schedule(60 * dayMs, ran);
    vi.advanceTimersByTime(60 * dayMs - 1);
    expect(ran).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(ran).toHaveBeenCalledOnce();
  });

  it("takes a long wait back at any time, and waits for ever where it is told to", () => {
    const cancel = clock.schedule(60 * dayMs, ran);
    clock.schedule(Number.POSITIVE_INFINITY, ran);
    vi.advanceTimersByTime(40 * dayMs);
    cancel();
    vi.advanceTimersByTime(400 * dayMs);
    expect(ran).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(1);
  });
});
