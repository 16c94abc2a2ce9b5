// The programs of the rows "checks-…", started and ended.

import { fileURLToPath } from "node:url";
import { Child } from "../harness/child.mjs";
import { loadCpu, serverCpu } from "../harness/proc.mjs";
import { median } from "../harness/statistics.mjs";

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

/** By how much a figure of the looks has grown, from the median of their second fifth (the first warms up) to that of the last. */
export function growth(looks, figure) {
  const fifth = Math.floor(looks.length / 5);
  const middle = (some) => median(some.map((look) => look[figure]));
  return middle(looks.slice(-fifth)) - middle(looks.slice(fifth, 2 * fifth));
}
