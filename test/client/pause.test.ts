import { beforeEach, expect, it, onTestFinished, vi } from "vitest";
import { longestTimerMs, wakefulClock } from "../../src/client/pause.js";

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
});

it("waits longer than a timer of Node can", () => {
  const callback = vi.fn();
  wakefulClock.schedule(2 * longestTimerMs + 500, callback);
  vi.advanceTimersByTime(longestTimerMs);
  vi.advanceTimersByTime(longestTimerMs + 499);
  expect(callback).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(callback).toHaveBeenCalledOnce();
});

it("waits for ever, until it is cancelled", () => {
  const callback = vi.fn();
  const cancel = wakefulClock.schedule(Number.POSITIVE_INFINITY, callback);
  vi.advanceTimersByTime(10 * longestTimerMs);
  expect(vi.getTimerCount()).toBe(1);
  cancel();
  expect({ timers: vi.getTimerCount(), calls: callback.mock.calls }).toEqual({ timers: 0, calls: [] });
});
