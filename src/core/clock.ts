/** Time and timers, injected wherever time decides, so that tests move it by hand. */
export interface Clock {
  /** Milliseconds of CLOCK_MONOTONIC: never goes back; the same clock that stamps GPU snapshots. */
  nowMs(): number;
  /** Milliseconds since 1970, for people and logs; may jump. */
  wallMs(): number;
  /** Runs `callback` once, `delayMs` from now. Gives a function that cancels it. */
  schedule(delayMs: number, callback: () => void): () => void;
}

/** The longest that a timer of Node can be, 24.8 days: a longer one would end at once. */
export const longestTimerMs = 2 ** 31 - 1;

/** The real time. Its timers never keep the process alive: what listens does that. */
export const systemClock: Clock = realTime((timer) => timer.unref());

/** The real time, for programs that have nothing else to stay awake for than what they wait for. */
export const wakefulClock: Clock = realTime((timer) => timer);

function realTime(kept: (timer: NodeJS.Timeout) => NodeJS.Timeout): Clock {
  return {
    nowMs() {
      const [seconds, nanoseconds] = process.hrtime();
      return seconds * 1000 + nanoseconds / 1e6;
    },
    wallMs: () => Date.now(),
    schedule(delayMs, callback) {
      let timer: NodeJS.Timeout;
      const wait = (remainingMs: number): void => {
        const isLast = remainingMs <= longestTimerMs;
        const next = isLast ? callback : () => wait(remainingMs - longestTimerMs);
        timer = kept(setTimeout(next, isLast ? remainingMs : longestTimerMs));
      };
      wait(delayMs);
      return () => clearTimeout(timer);
    },
  };
}
