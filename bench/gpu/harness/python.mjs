// The programs in python/. They need Python 3 and nothing else, but for read_nvml.py, which needs nvidia-ml-py.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Program, runToEnd } from "./programs.mjs";

const folder = fileURLToPath(new URL("../python/", import.meta.url));
const ownInterpreter = fileURLToPath(new URL("../../../.tools/venv/bin/python", import.meta.url));

/** A checkout that somebody copied here stays as it was. */
const noCache = { PYTHONDONTWRITEBYTECODE: "1" };

/** PYTHON, else what `scripts/test-tools.sh` has installed, else the system's; undefined where none of them runs. */
export async function findPython() {
  const candidates = [process.env.PYTHON, existsSync(ownInterpreter) ? ownInterpreter : undefined, "python3"];
  for (const python of candidates.filter(Boolean)) {
    if ((await runToEnd(python, ["--version"], { timeoutMs: 10_000 })).code === 0) return python;
  }
  return undefined;
}

/** Starts one that goes on running. CUDA shows it the GPU of this UUID only, as its device 0. */
export const startPython = (python, name, args, { uuid, env = {} } = {}) =>
  new Program(name, [python, `${folder}${name}`, ...args], {
    env: { ...noCache, ...env, ...(uuid === undefined ? {} : { CUDA_VISIBLE_DEVICES: uuid }) },
  });

/** Runs one to its end; gives its last line, or throws with what it said. */
export async function runPython(python, name, { env = {} } = {}) {
  const { code, stdout, stderr } = await runToEnd(python, [`${folder}${name}`], {
    env: { ...noCache, ...env },
    timeoutMs: 60_000,
  });
  const lines = stdout.split("\n").filter((line) => line.startsWith("{"));
  if (lines.length > 0) return JSON.parse(lines.at(-1));
  throw new Error(`${name} ended with ${code}: ${stderr.trim().split("\n").at(-1)}`);
}
