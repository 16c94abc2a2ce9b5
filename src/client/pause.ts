import { type Clock, systemClock } from "../core/clock.js";

/** The longest that a timer of Node can be, 24.8 days: a longer one would end at once. */
export const longestTimerMs = 2 ** 31 - 1;

/** The real time, for programs that have nothing else to stay awake for than the server they wait for. */
export const wakefulClock: Clock = {
  ...systemClock,
  schedule(delayMs, callback) {
    let timer: NodeJS.Timeout;
    const start = (restMs: number): void => {
      timer =
        restMs > longestTimerMs
          ? setTimeout(start, longestTimerMs, restMs - longestTimerMs)
          : setTimeout(callback, restMs);
    };
    start(delayMs);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs`, or at once when the signal aborts. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    const cancel = clock.schedule(delayMs, end);
    signal.addEventListener("abort", end);
    if (signal.aborted) end();
  });
}
