// 500 HTTP checks at 1 s: whether each is on time, what that costs the event loop, and whether memory stays as it is.

import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { fiveHundred, withConfiguration } from "../checks/configuration.mjs";
import { growth, simulate, withTargets } from "../checks/programs.mjs";
import { cpuSeconds, milliseconds, monotonicNs } from "../harness/proc.mjs";
import { under } from "../harness/targets.mjs";
import { startGpuHealth } from "../peers/gpu-health.mjs";
import { ourName } from "../peers/index.mjs";

const sizes = {
  full: { rounds: 3, seconds: 20, simulation: { secondsBetweenLooks: 20, looks: 30 } },
  quick: { rounds: 1, seconds: 8, simulation: { secondsBetweenLooks: 5, looks: 20 } },
};
/** The first round is over, and the second has spread the checks. */
const settleMs = 4_000;
const intervalMs = 1_000;
const loopDelay = fileURLToPath(new URL("../harness/loop-delay.mjs", import.meta.url));

export const fiveHundredChecks = {
  name: "checks-500",
  title: "500 HTTP checks at 1 s",
  peers: [ourName],
  rounds: (size) => sizes[size].rounds,
  metrics: {
    worstPercent: { label: "worst time between two runs, % off", digits: 1, target: under(10) },
    loopMs: { label: "event loop delay p99, ms", digits: 1, target: under(20) },
    cpuPercent: { label: "CPU, % of one core", digits: 1 },
  },

  measure: (_peer, size) =>
    withTargets((addresses, targets) =>
      withConfiguration(fiveHundred(addresses.http), (file) => onTime(file, targets, sizes[size].seconds)),
    ),
};

async function onTime(file, targets, seconds) {
  const server = await startGpuHealth(["--config", file], loopDelay);
  try {
    await sleep(settleMs);
    await server.child.ask("reset");
    await targets.ask("reset");
    const cpuBefore = cpuSeconds(server.pid);
    const beginNs = monotonicNs();
    await sleep(seconds * 1_000);
    const elapsedMs = milliseconds(beginNs, monotonicNs());
    const cpuUsed = cpuSeconds(server.pid) - cpuBefore;
    const { p99Ms } = await server.child.ask("read");
    const { paths } = await targets.ask("read");
    return { worstPercent: worst(paths, seconds), loopMs: p99Ms, cpuPercent: (cpuUsed * 1e5) / elapsedMs };
  } finally {
    await server.stop();
  }
}

/** The largest distance from the interval, in percent of it, between any two successive runs of any check. */
function worst(paths, seconds) {
  const times = Object.values(paths);
  const least = Math.min(...times.map(({ length }) => length));
  if (times.length !== 500 || least < seconds - 1) {
    throw new Error(`${times.length} of 500 checks ran, and one of them ${least} times in ${seconds} s`);
  }
  const gaps = times.flatMap((each) => each.slice(1).map((time, index) => time - each[index]));
  return gaps.reduce((most, gap) => Math.max(most, Math.abs(gap - intervalMs)), 0) / (intervalMs / 100);
}

export const memoryOfChecks = {
  name: "checks-memory",
  title: "500 HTTP checks over 10 simulated minutes",
  peers: [ourName],
  rounds: () => 1,
  metrics: {
    residentGrowthMB: { label: "RSS, growth from second to last fifth, MB", digits: 1, target: under(10) },
    heapGrowthMB: { label: "live heap, the same, MB", digits: 2, target: under(1) },
    runs: { label: "runs", digits: 0 },
  },

  measure: (_peer, size) =>
    withTargets((addresses) =>
      withConfiguration(fiveHundred(addresses.http), async (file) => {
        const { looks } = await simulate(file, sizes[size].simulation);
        return {
          residentGrowthMB: growth(looks, "residentBytes") / 1e6,
          heapGrowthMB: growth(looks, "heapBytes") / 1e6,
          runs: looks.at(-1).runs,
        };
      }),
    ),
};
