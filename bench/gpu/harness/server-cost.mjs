// What a running server costs: CPU, delay of its event loop, memory, and how long its NVML calls take.

import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds, residentBytes } from "../../harness/proc.mjs";
import { median } from "../../harness/statistics.mjs";
import { Server } from "./server.mjs";

/**
 * Until the start is over, what it leaves to be collected included, and the code that runs often is compiled: at 10 Hz
 * that takes most of a minute, with as much CPU again as the sampling.
 */
const settleMs = 40_000;
const readingCount = 3;
const readingEveryMs = 1_000;

/**
 * Runs the server for `seconds` with nobody asking, and then asks it for what it measures itself. `gpu` is that section
 * of the configuration. `cpuRatio`: of one core. Durations are medians over the GPUs and `readingCount` looks.
 */
async function serverCost(context, gpu, seconds) {
  const server = await Server.start(context, `gpu: ${gpu}\n`, { measuresLoop: true });
  try {
    await sleep(settleMs);
    await server.forgetLoopDelay();
    const { pid } = server.program;
    const [cpuBefore, startedAtMs] = [cpuSeconds(pid), performance.now()];
    await sleep(seconds * 1000);
    const cpuRatio = (cpuSeconds(pid) - cpuBefore) / ((performance.now() - startedAtMs) / 1000);
    const loopP99Ms = await server.loopDelayP99Ms();
    return { cpuRatio, loopP99Ms, residentBytes: residentBytes(pid), ...(await durations(server)) };
  } finally {
    await server.stop();
  }
}

async function durations(server) {
  const found = { sampleDurationSeconds: [], inspectionDurationSeconds: [] };
  for (let look = 0; look < readingCount; look++) {
    const { checks } = await server.report();
    for (const { latest } of checks) {
      for (const [name, values] of Object.entries(found)) {
        const reading = latest?.readings?.[name];
        if (reading?.ok) values.push(reading.value);
      }
    }
    await sleep(readingEveryMs);
  }
  const middle = (values) => (values.length === 0 ? undefined : median(values) * 1000);
  return { sampleMs: middle(found.sampleDurationSeconds), inspectionMs: middle(found.inspectionDurationSeconds) };
}

/** By how much sampling may delay the event loop, 99th percentile. */
export const loopToleranceMs = 1;

const roundCount = 3;

/**
 * Costs by mode: `off`, and one for each of these sampling intervals. Medians of rounds that take turns, since what else
 * runs here comes and goes.
 */
export async function costsOf(context, intervals, seconds) {
  const rounds = Object.fromEntries(["off", ...Object.keys(intervals)].map((mode) => [mode, []]));
  for (let round = 0; round < roundCount; round++) {
    // Simulated GPUs are there also where `gpu.mode` is off.
    rounds.off.push(await serverCost({}, "{ mode: off }", seconds));
    for (const [mode, interval] of Object.entries(intervals)) {
      rounds[mode].push(await serverCost(context, `{ mode: required, interval: ${interval} }`, seconds));
    }
  }
  return Object.fromEntries(Object.entries(rounds).map(([mode, costs]) => [mode, medians(costs)]));
}

function medians(costs) {
  const names = Object.keys(costs[0]).filter((name) => costs.every((cost) => cost[name] !== undefined));
  return Object.fromEntries(names.map((name) => [name, median(costs.map((cost) => cost[name]))]));
}

export const percent = (ratio) => `${(ratio * 100).toFixed(2)} %`;
