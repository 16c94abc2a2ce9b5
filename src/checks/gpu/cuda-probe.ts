import { dirname, isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { buildFolder } from "../../gpu/build-folder.js";
import type { LibraryState } from "../../gpu/snapshot.js";
import { runUntil } from "../common/run-command.js";
import { CheckError } from "../result.js";
import { readReport } from "./cuda-report.js";
import type { ProbeRun } from "./cuda-verdict.js";

/** Where the build puts the program. */
export const builtProbe = fileURLToPath(new URL("gpu_health_cuda_probe", buildFolder));

/** A line for each call before and after, on up to 64 GPUs. */
const keepBytes = 256 * 1024;

export interface ProbeRequest {
  /** UUIDs of the GPUs to run the kernel on, in this order; or all that CUDA shows. */
  readonly kernels: readonly string[] | "all";
  readonly env: Readonly<Record<string, string>>;
}

/** A run, and where it was killed at the deadline: when the process is really gone. */
export type ProbeOutcome = Omit<ProbeRun, "durationMs"> & { readonly gone?: Promise<void> };

/** Runs the probe in a child process; the signal kills it. */
export type RunProbe = (request: ProbeRequest, signal: AbortSignal) => Promise<ProbeOutcome>;

/** Runs the program at this path. @throws CheckError `cuda_probe_missing`, or as {@link runUntil}. */
export const probeAt =
  (program: string): RunProbe =>
  async ({ kernels, env }, signal) => {
    const uuids = kernels === "all" ? ["all"] : kernels;
    const args = uuids.flatMap((uuid) => ["--kernel", uuid]);
    try {
      const ending = await runUntil({ command: [program, ...args], env }, signal, keepBytes);
      const report = readReport(ending.output);
      if ("gone" in ending) return { report, ending: { kind: "killed" }, gone: ending.gone };
      return { report, ending: { kind: "exited", status: ending.status, signal: ending.signal } };
    } catch (error) {
      if (!(error instanceof CheckError) || error.reason !== "command_not_found") throw error;
      throw new CheckError({
        reason: "cuda_probe_missing",
        message: `the program that asks CUDA is not built: there is no ${program}`,
        remedy:
          "install a C++17 compiler and CMake (Debian: apt-get install g++ make cmake), then run npm rebuild gpu-health (in a checkout of it: npm run install)",
        cause: error,
      });
    }
  };

/** The environment for a probe beside this NVML: a simulated one has a simulated libcuda.so.1 in its folder. */
export function probeEnvironment(library: LibraryState): Readonly<Record<string, string>> {
  if (library.phase === "off" || library.simulated !== true || !isAbsolute(library.path)) return {};
  const others = process.env.LD_LIBRARY_PATH;
  return { LD_LIBRARY_PATH: [dirname(library.path), ...(others === undefined ? [] : [others])].join(":") };
}
