import { setTimeout as sleep } from "node:timers/promises";

const year = 365 * 24 * 3_600_000;
const jumpsMs = [3_600_000, -7_200_000, 10 * year, -20 * year, 10 * year + 3_600_000];
const pauseMs = 300;

export const clockJumps = {
  name: "clock-jumps",
  title: "The wall clock jumps, by an hour and by years",
  sizes: { full: 10, short: 1 },

  async attack({ server, size }) {
    for (let round = 0; round < size; round++) {
      for (const byMs of jumpsMs) {
        await server.child.ask("jump", { byMs });
        await sleep(pauseMs);
      }
    }
    return { attempts: size * jumpsMs.length, did: `${size * jumpsMs.length} jumps, forwards and back`, problems: [] };
  },
};
