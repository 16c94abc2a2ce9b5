import type { GpuListing, GpusOptions } from "../cli/gpus.js";
import { defaultConfiguration } from "../config/defaults.js";
import { exitNow } from "../gpu/exit-now.js";
import { openGpus } from "../gpu/open.js";
import { parseFleet, Simulator } from "../gpu/simulator.js";
import type { GpuSource } from "../gpu/source.js";

/** As long as a person waits for a table; a driver that takes longer is shown as such. */
const patienceMs = 5000;

/** Shows the GPUs once all have answered, and with `watch` after each sample. */
export async function listGpus(
  options: GpusOptions,
  show: (listing: GpuListing) => void,
  stop: AbortSignal,
): Promise<void> {
  const simulator = options.simulate === undefined ? undefined : new Simulator(parseFleet(options.simulate));
  process.once("exit", () => simulator?.stop());
  const library = simulator?.libraryPath ?? options.library;
  const gpus = openGpus({ ...defaultConfiguration().gpu, library });
  const { source } = gpus;
  const listing = (): GpuListing => ({ library: source.library(), gpus: source.gpus() });
  await answered(source, stop);
  show(listing());
  if (options.watch) {
    const unsubscribe = source.subscribe(() => show(listing()));
    await aborted(stop);
    unsubscribe();
  }
  if (gpus.stop() === 0) return;
  simulator?.stop();
  exitNow(Number(process.exitCode ?? 0));
}

function answered(source: GpuSource, stop: AbortSignal): Promise<void> {
  const isDone = (): boolean => {
    const { phase } = source.library();
    if (phase === "opening") return false;
    return phase !== "ready" || source.gpus().every((gpu) => gpu.snapshot ?? gpu.handleError);
  };
  if (isDone() || stop.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    // Native threads do not keep the process alive; this timer does.
    const timer = setTimeout(end, patienceMs);
    stop.addEventListener("abort", end);
    const unsubscribe = source.subscribe(() => {
      if (isDone()) end();
    });
    function end(): void {
      clearTimeout(timer);
      stop.removeEventListener("abort", end);
      unsubscribe();
      resolve();
    }
  });
}

function aborted(stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const keepAlive = setInterval(() => {}, patienceMs);
    stop.addEventListener("abort", () => {
      clearInterval(keepAlive);
      resolve();
    });
  });
}
