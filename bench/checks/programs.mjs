// The programs of the rows "checks-…", started and ended.

import { fileURLToPath } from "node:url";
import { Child } from "../harness/child.mjs";
import { loadCpu, serverCpu } from "../harness/proc.mjs";

const path = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Calls `use` with the addresses of what there is to be checked, and the child that serves them. */
export async function withTargets(use) {
  const child = new Child("targets", loadCpu, [process.execPath, path("targets.mjs")], { channel: true });
  try {
    const { addresses } = await child.event("ready");
    return await use(addresses, child);
  } finally {
    await child.stop();
  }
}

/** What a simulation of this configuration says: at its start, at each look, and when its checks were stopped. */
export async function simulate(file, { secondsBetweenLooks, looks }) {
  const arguments_ = ["--expose-gc", path("simulation.mjs"), file, String(secondsBetweenLooks), String(looks)];
  const child = new Child("simulation", serverCpu, [process.execPath, ...arguments_]);
  try {
    const start = await child.event("start");
    const seen = [];
    while (seen.length < looks) {
      seen.push(await child.event("look"));
    }
    return { start, looks: seen, stopped: await child.event("stopped") };
  } finally {
    await child.stop();
  }
}

/**
 * By how much a figure of the looks has grown: its least value in the last fifth of them against that in the second one.
 * The first fifth warms up, and the least value has the least garbage in it.
 */
export function growth(looks, figure) {
  const fifth = Math.floor(looks.length / 5);
  const least = (some) => Math.min(...some.map((look) => look[figure]));
  return least(looks.slice(-fifth)) - least(looks.slice(fifth, 2 * fifth));
}
