import { setTimeout as delay } from "node:timers/promises";

/** How long anything that a test waits for may take. Generous: it only ends a test that has failed already. */
export const deadlineMs = 60_000;

const pollMs = 20;

/**
 * Repeats `look` until it no longer throws, and gives what it returned. Past the deadline it fails with what the last
 * look threw, so a test says what is still wrong instead of «timeout».
 */
export async function eventually<T>(look: () => T | Promise<T>, withinMs = deadlineMs): Promise<T> {
  const startedAtMs = performance.now();
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() - startedAtMs > withinMs) {
        throw new Error(`still not so after ${withinMs} ms: ${String(error)}`, { cause: error });
      }
    }
    await delay(pollMs);
  }
}
