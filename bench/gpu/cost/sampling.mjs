// A process that does nothing but sample simulated GPUs as the server does: native threads, conversion, faults.
// Arguments: GPUs, interval in ms, samples to make, seconds at most. Prints one line of JSON. Needs --expose-gc.

import { setTimeout as sleep } from "node:timers/promises";
import { simulateFleet } from "../harness/fleet.mjs";

// The modules of `npm run build`, since the program itself is one bundle.
const { openGpus } = await import("../../../dist/gpu/open.js");
const { defaultConfiguration } = await import("../../../dist/config/defaults.js");

const [gpus, intervalMs, wantedSamples, limitSeconds] = process.argv.slice(2).map(Number);
const startTimeoutMs = 10_000;
const lookEveryMs = 100;
/** Before the first measurement of memory, so that what is allocated once is not taken for growth. */
const warmUpShare = 0.2;
const measurementCount = 9;

const fleet = simulateFleet(`h200x${gpus}`);
process.env.NVML_SIMULATOR_STATE = fleet.env.NVML_SIMULATOR_STATE;
const { source, stop } = openGpus({ ...defaultConfiguration().gpu, library: fleet.library, intervalMs });

const samplesSoFar = () => source.gpus().reduce((sum, { snapshot }) => sum + (snapshot?.sequence ?? 0), 0);

/** Resident memory once garbage is gone; what V8 frees late is no growth. */
function residentBytes() {
  globalThis.gc();
  return process.memoryUsage.rss();
}

const startedAtMs = performance.now();
while (samplesSoFar() < gpus && performance.now() - startedAtMs < startTimeoutMs) await sleep(lookEveryMs);
const before = { samples: samplesSoFar(), cpu: process.cpuUsage(), atMs: performance.now() };

const memory = [];
let samples = before.samples;
let nextMeasurement = wantedSamples * warmUpShare;
const step = (wantedSamples * (1 - warmUpShare)) / (measurementCount - 1);
while (samples < wantedSamples && performance.now() - before.atMs < limitSeconds * 1000) {
  await sleep(lookEveryMs);
  samples = samplesSoFar();
  if (samples < nextMeasurement) continue;
  memory.push({ samples, residentBytes: residentBytes() });
  nextMeasurement += step;
}
memory.push({ samples, residentBytes: residentBytes() });
const cpu = process.cpuUsage(before.cpu);
const seconds = (performance.now() - before.atMs) / 1000;
stop();
console.log(
  JSON.stringify({
    samples,
    seconds,
    cpuPerSampleMs: (cpu.user + cpu.system) / 1e3 / (samples - before.samples),
    memory,
  }),
);
