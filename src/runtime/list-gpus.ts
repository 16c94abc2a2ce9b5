import type { GpuListing, GpusOptions } from "../cli/gpus.js";
import { defaultConfiguration } from "../config/defaults.js";
import { exitNow } from "../gpu/exit-now.js";
import { openGpus } from "../gpu/open.js";
import { parseFleet, Simulator } from "../gpu/simulator.js";
import type { GpuSource } from "../gpu/source.js";

/** As long as a person waits for a table; a driver that takes longer is shown as such. */
const patienceMs = 5000;

/** Shows the GPUs once all have answered, and with `watch` after each sample until a signal ends it. */
export async function listGpus(
  options: GpusOptions,
  show: (listing: GpuListing) => void,
  watch: boolean,
): Promise<void> {
  const simulator = options.simulate === undefined ? undefined : new Simulator(parseFleet(options.simulate));
  const library = simulator?.libraryPath ?? options.library;
  const { source, stop } = openGpus({ ...defaultConfiguration().gpu, library });
  const listing = (): GpuListing => ({ library: source.library(), gpus: source.gpus() });
  await answered(source);
  show(listing());
  if (watch) {
    const unsubscribe = source.subscribe(() => show(listing()));
    await interrupted();
    unsubscribe();
  }
  simulator?.stop();
  if (stop() > 0) exitNow(Number(process.exitCode ?? 0));
}

function answered(source: GpuSource): Promise<void> {
  const isDone = (): boolean => {
    const { phase } = source.library();
    if (phase === "opening") return false;
    return phase !== "ready" || source.gpus().every((gpu) => gpu.snapshot ?? gpu.handleError);
  };
  if (isDone()) return Promise.resolve();
  return new Promise((resolve) => {
    // Native threads do not keep the process alive; this timer does.
    const timer = setTimeout(end, patienceMs);
    const unsubscribe = source.subscribe(() => {
      if (isDone()) end();
    });
    function end(): void {
      clearTimeout(timer);
      unsubscribe();
      resolve();
    }
  });
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    const keepAlive = setInterval(() => {}, patienceMs);
    const end = (): void => {
      clearInterval(keepAlive);
      resolve();
    };
    process.once("SIGINT", end);
    process.once("SIGTERM", end);
  });
}
