// For --simulate: GPUs in a text file, which our listing and nvidia-ml-py can both look at.

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./temporary-folder.mjs";

const folder = fileURLToPath(new URL("../../../build/Release/simulator/", import.meta.url));
const library = `${folder}libnvidia-ml.so.1`;

/** `h200x2` as a state file of the simulator (docs/simulator.md); `env` shows it to programs that load NVML. */
export function simulateFleet(text) {
  // A model's name may itself end as a count does: rtx4090.
  const isModel = existsSync(`${folder}models/${text}.conf`);
  const [, model, count] = (isModel ? undefined : /^(.+)x(\d+)$/.exec(text)) ?? [text, text, "1"];
  const stateFile = join(temporaryFolder(), "state.conf");
  writeFileSync(stateFile, `model = ${model}\ncount = ${count}\n`);
  return { library, env: environment(stateFile) };
}

/** How a program sees the simulated GPUs of this state file. */
export const environment = (stateFile) => ({ NVML_SIMULATOR_STATE: stateFile, LD_LIBRARY_PATH: folder });
