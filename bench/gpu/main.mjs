// `bash bench/gpu/run.sh`: this server on a real GPU, step by step. docs/real-hardware.md says what each step shows.

import { release } from "node:os";
import { differs } from "./harness/findings.mjs";
import { simulateFleet } from "./harness/fleet.mjs";
import { listGpus } from "./harness/listing.mjs";
import { stopAll } from "./harness/programs.mjs";
import { findPython } from "./harness/python.mjs";
import { parseOptions, usage } from "./options.mjs";
import { countOutcomes, stepText, summary, writeReport } from "./report.mjs";
import { cost } from "./steps/cost.mjs";
import { cuda } from "./steps/cuda.mjs";
import { memory } from "./steps/memory.mjs";
import { readings } from "./steps/readings.mjs";
import { xid } from "./steps/xid.mjs";

const allSteps = [readings, memory, xid, cuda, cost];
const stepNames = allSteps.map(({ name }) => name);
const exitCodes = { ok: 0, differs: 1, refused: 2, interrupted: 130 };

/** There is nothing to look at; the message says why. */
class Refusal extends Error {}

async function main() {
  const options = parseOptions(process.argv.slice(2), stepNames);
  if (options.help) {
    console.log(usage(stepNames));
    return exitCodes.ok;
  }
  const fleet = options.simulate === undefined ? undefined : simulateFleet(options.simulate);
  // Inherited by `gpu-health gpus`, which loads the library by its path.
  if (fleet !== undefined) process.env.NVML_SIMULATOR_STATE = fleet.env.NVML_SIMULATOR_STATE;
  return runSteps({ ...options, library: fleet?.library, env: fleet?.env, python: await findPython() });
}

async function runSteps(options) {
  const begin = new Date();
  const text = [];
  const say = (line) => {
    console.log(line);
    text.push(line);
  };
  const context = { ...options, ...(await openGpus(options)) };
  const machine = describeMachine(context);
  say(machine.text);
  const steps = [];
  for (const step of allSteps.filter(({ name }) => options.wants(name))) {
    steps.push({ name: step.name, title: step.title, findings: await findingsOf(step, context) });
    say(stepText(steps.at(-1)));
  }
  const counts = countOutcomes(steps);
  say(`\n${summary(counts)}`);
  console.log(`Report: ${writeReport(begin, machine, steps, text.join("\n"))}.txt and .json`);
  return counts.differs === 0 ? exitCodes.ok : exitCodes.differs;
}

/** A step that breaks off is a finding, and does not cost the others. */
async function findingsOf(step, context) {
  try {
    return await step.run(context);
  } catch (error) {
    return [differs("the step did not come to its end", error.message)];
  } finally {
    await stopAll();
  }
}

/** The library, and the GPU that the steps are about. */
async function openGpus({ library: path, gpuIndex }) {
  const { library, gpus } = await listGpus({ library: path });
  if (library.phase === "failed") {
    throw new Refusal(`There is no NVIDIA GPU to look at.\n${library.message}\nWhat to do: ${library.remedy}.`);
  }
  const usable = gpus.filter(({ snapshot, uuid }) => snapshot !== undefined && uuid.ok);
  const free = ({ snapshot: { memory: reading } }) => (reading.ok ? reading.value.freeBytes : 0);
  const gpu =
    gpuIndex === undefined
      ? usable.toSorted((a, b) => free(b) - free(a)).at(0)
      : usable.find(({ index }) => index === gpuIndex);
  if (gpu !== undefined) return { state: library, gpu };
  const which = gpuIndex === undefined ? "no GPU" : `no GPU ${gpuIndex}`;
  throw new Refusal(`NVML works and shows ${which} that answers. See gpu-health gpus, or nvidia-smi.`);
}

function describeMachine({ state, gpu, python, simulate }) {
  const kind = simulate === undefined ? "" : " (SIMULATED: nothing here says anything of a real one)";
  const driver = state.driverVersion.ok ? state.driverVersion.value : "unknown";
  const name = gpu.name.ok ? gpu.name.value : "without a name";
  const user = process.getuid?.() === 0 ? "root" : "an ordinary user";
  const text = `gpu/${gpu.index} ${name}${kind}, driver ${driver}, Linux ${release()}, Node ${process.version}, as ${user}`;
  return { text, gpu: name, uuid: gpu.uuid.value, driver, kernel: release(), node: process.version, python, simulate };
}

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, async () => {
    console.error(`\n${signal}: ending what was started…`);
    await stopAll();
    process.exit(exitCodes.interrupted);
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = exitCodes.refused;
}
