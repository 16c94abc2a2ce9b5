import type { LibraryState } from "../gpu/snapshot.js";
import type { GpuSource } from "../gpu/source.js";
import type { Logger } from "../outputs/log/logger.js";

/** One line whenever the NVML library's phase changes. Gives a function that ends it. */
export function logLibrary(gpus: GpuSource, logger: Logger): () => void {
  let last: string | undefined;
  const look = (): void => {
    const library = gpus.library();
    const key = library.phase === "failed" ? `${library.phase} ${library.message}` : library.phase;
    if (key === last) return;
    last = key;
    say(library, gpus, logger);
  };
  look();
  return gpus.subscribe(look);
}

function say(library: LibraryState, gpus: GpuSource, logger: Logger): void {
  switch (library.phase) {
    case "off":
    case "opening":
      logger.debug("nvml", `NVML is ${library.phase}`, { phase: library.phase });
      return;
    case "failed": {
      const { phase, reason, message, remedy, path } = library;
      logger.warn("nvml", message, { phase, reason, remedy, path });
      return;
    }
    case "ready": {
      const { phase, path, simulated, driverVersion } = library;
      const driver = driverVersion.ok ? driverVersion.value : null;
      const count = gpus.gpus().length;
      const message = `${count} ${simulated ? "SIMULATED " : ""}GPU${count === 1 ? "" : "s"}, driver ${driver ?? "unknown"}`;
      logger[simulated ? "warn" : "info"]("nvml", message, { phase, path, simulated, driver, gpus: count });
      return;
    }
  }
}
