// The GPUs as `gpu-health gpus` shows them, the inspection included.

import { Program } from "./programs.mjs";
import { mainProgram } from "./server.mjs";

const timeoutMs = 30_000;

/** The first listing in which every GPU that answers has been inspected. `library`: an NVML other than the system's. */
export async function listGpus({ library }) {
  const chosen = library === undefined ? [] : ["--library", library];
  const command = [process.execPath, mainProgram, "gpus", "--output", "json", "--watch", ...chosen];
  const program = new Program("gpu-health gpus", command);
  try {
    return await program.line("listing with inspections", isComplete, timeoutMs);
  } finally {
    await program.stop();
  }
}

const isComplete = ({ library, gpus }) =>
  library.phase === "failed" ||
  (library.phase === "ready" && gpus.every((gpu) => gpu.handleError !== undefined || gpu.inspection !== undefined));
