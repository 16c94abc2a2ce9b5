/**
 * Keeps the process alive until the work is done. Timers of ours do not, so a script that only waits for a start would
 * end in the middle of it, without a word.
 */
export async function keptAwake<T>(work: () => Promise<T>): Promise<T> {
  const awake = setInterval(() => {}, 60_000);
  try {
    return await work();
  } finally {
    clearInterval(awake);
  }
}
