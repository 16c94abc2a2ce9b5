/**
 * The outcome of `work`, or a rejection with what `giveUp` returns when the signal aborts first. For drivers that know
 * no AbortSignal: `giveUp` must close what they hold open. What `work` comes to afterwards is dropped.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal, giveUp: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(giveUp());
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
