import { setTimeout as sleep } from "node:timers/promises";

const pollMs = 20;

/** Repeats `look` until it no longer throws, and gives what it returned; past the deadline it throws what that threw. */
export async function eventually(look, withinMs = 60_000) {
  const giveUpAtMs = performance.now() + withinMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > giveUpAtMs) throw error;
    }
    await sleep(pollMs);
  }
}
