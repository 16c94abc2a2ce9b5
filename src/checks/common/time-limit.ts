import type { Clock } from "../../core/clock.js";

/**
 * Does `work` with a signal that aborts after `limitMs`, or before that when `signal` does: for one of several things
 * that a run asks, so that one which hangs leaves time to judge the others.
 */
export async function withTimeLimit<T>(
  limitMs: number,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limited = new AbortController();
  const abort = () => limited.abort();
  const cancel = clock.schedule(limitMs, abort);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await work(limited.signal);
  } finally {
    cancel();
    signal.removeEventListener("abort", abort);
  }
}
