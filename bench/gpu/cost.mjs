// `node bench/gpu/cost.mjs`: what sampling simulated GPUs costs, held against the limits of docs/real-hardware.md.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { costsOf, loopToleranceMs, percent } from "./harness/server-cost.mjs";

const usage = `node bench/gpu/cost.mjs [--seconds N] [--samples N]

  --seconds   how long each server is measured, six times (default 10)
  --samples   how many samples the memory is watched over (default 1000000, one to three minutes)`;

const samplingProgram = fileURLToPath(new URL("cost/sampling.mjs", import.meta.url));
const sampleLimitMs = 1;
const eightGpusLimitRatio = 0.02;
/** What V8's heap and the allocator move by on their own; a leak of 16 bytes a sample would be three times as much. */
const growthLimitBytes = 5e6;

/** Samples in a process of its own; gives what cost/sampling.mjs says. */
function sample({ gpus, intervalMs, samples, limitSeconds }) {
  const args = ["--expose-gc", samplingProgram, ...[gpus, intervalMs, samples, limitSeconds].map(String)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }));
}

function oneGpu() {
  const { cpuPerSampleMs } = sample({ gpus: 1, intervalMs: 1, samples: 5_000, limitSeconds: 30 });
  return {
    what: "CPU a sample of one GPU, thread, conversion and faults included",
    value: `${cpuPerSampleMs.toFixed(3)} ms`,
    limit: `< ${sampleLimitMs} ms`,
    passes: cpuPerSampleMs < sampleLimitMs,
  };
}

async function eightGpus(seconds) {
  const { off, on } = await costsOf({ simulate: "h200x8" }, { on: "100ms" }, seconds);
  const sampling = on.cpuRatio - off.cpuRatio;
  return [
    {
      what: "8 GPUs at 10 Hz, all signals, of one core",
      value: `${percent(sampling)} (server ${percent(on.cpuRatio)}, without GPUs ${percent(off.cpuRatio)})`,
      limit: `< ${percent(eightGpusLimitRatio)}`,
      passes: sampling < eightGpusLimitRatio,
    },
    {
      what: "event-loop delay p99, 8 GPUs at 10 Hz against off",
      value: `${on.loopP99Ms.toFixed(2)} ms against ${off.loopP99Ms.toFixed(2)} ms`,
      limit: `≤ off + ${loopToleranceMs} ms`,
      passes: on.loopP99Ms <= off.loopP99Ms + loopToleranceMs,
    },
  ];
}

function million(samples) {
  const { memory, ...run } = sample({ gpus: 64, intervalMs: 1, samples, limitSeconds: 240 });
  const grownBytes = memory.at(-1).residentBytes - memory[0].residentBytes;
  const from = memory[0].samples;
  return {
    what: `growth of memory from sample ${from} to ${run.samples}, 64 GPUs`,
    value: `${(grownBytes / 1e6).toFixed(1)} MB (${(memory.at(-1).residentBytes / 1e6).toFixed(0)} MB in ${run.seconds.toFixed(0)} s)`,
    limit: `< ${growthLimitBytes / 1e6} MB over ${samples}`,
    passes: grownBytes < growthLimitBytes && run.samples >= samples,
  };
}

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "10" },
    samples: { type: "string", default: "1000000" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  console.log(usage);
} else {
  const rows = [oneGpu(), ...(await eightGpus(Number(values.seconds))), million(Number(values.samples))];
  const column = (name) => Math.max(...rows.map((row) => row[name].length));
  for (const { what, value, limit, passes } of rows) {
    const cells = [what.padEnd(column("what")), value.padEnd(column("value")), limit.padEnd(column("limit"))];
    console.log(`| ${[...cells, passes ? "pass" : "miss"].join(" | ")} |`);
  }
  process.exitCode = rows.every(({ passes }) => passes) ? 0 : 1;
}
