import { type Clock, systemClock } from "../core/clock.js";

/** The real time, for programs that have nothing else to stay awake for than the server they wait for. */
export const wakefulClock: Clock = {
  ...systemClock,
  schedule(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
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
