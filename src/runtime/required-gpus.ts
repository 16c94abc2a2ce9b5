import type { Clock } from "../core/clock.js";
import { formatDuration } from "../core/units.js";
import type { LibraryState } from "../gpu/snapshot.js";
import type { GpuSource } from "../gpu/source.js";

/**
 * For `gpu.mode: required`: resolves once NVML shows a GPU. Rejects with a sentence for people when it cannot, or when
 * it has not answered after `deadlineMs`.
 */
export async function requireGpus(gpus: GpuSource, clock: Clock, deadlineMs: number): Promise<void> {
  await opened(gpus, clock, deadlineMs);
  const library = gpus.library();
  switch (library.phase) {
    case "ready":
      if (gpus.gpus().length > 0) return;
      throw new Error(
        "gpu.mode is required, and NVML shows no GPU; see nvidia-smi, and in a container request GPUs " +
          "(nvidia.com/gpu, NVIDIA_VISIBLE_DEVICES)",
      );
    case "failed":
      throw new Error(failed(library));
    case "opening": {
      const call = library.call === undefined ? `opening ${library.path}` : library.call.function;
      const elapsed = formatDuration(deadlineMs);
      throw new Error(`gpu.mode is required, and ${call} has not returned for ${elapsed}: the driver hangs; see dmesg`);
    }
    case "off":
      throw new Error("gpu.mode is required and off at once");
  }
}

/**
 * `gpu.mode: required` for a node agent. Only a container that is started anew gets a library that was installed meanwhile,
 * so without one this rejects, once `tell` has made it known; all else is for the node's condition to say.
 */
export async function requireLibrary(
  gpus: GpuSource,
  clock: Clock,
  deadlineMs: number,
  tell: () => Promise<void>,
): Promise<void> {
  await opened(gpus, clock, deadlineMs);
  const library = gpus.library();
  if (library.phase !== "failed" || library.reason !== "nvml_library_not_found") return;
  await tell();
  throw new Error(failed(library));
}

const failed = ({ message, remedy }: Extract<LibraryState, { phase: "failed" }>): string =>
  `gpu.mode is required: ${message.replace(/\.$/, "")}; ${remedy}`;

/** Resolves when the library has left the phase `opening`, or at the deadline. */
function opened(gpus: GpuSource, clock: Clock, deadlineMs: number): Promise<void> {
  if (gpus.library().phase !== "opening") return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      unsubscribe();
      resolve();
    };
    const cancel = clock.schedule(deadlineMs, end);
    const unsubscribe = gpus.subscribe(() => {
      if (gpus.library().phase !== "opening") end();
    });
  });
}
