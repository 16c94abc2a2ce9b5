import { loadAddon } from "./addon.js";

/**
 * Ends the process without its exit handlers, which wait for a driver that hangs and for writes that stall. Where the
 * addon is missing only SIGKILL does that, and the exit code is lost.
 */
export function exitNow(code: number): never {
  const loaded = loadAddon();
  if (loaded.ok) loaded.addon.exitNow(code);
  process.kill(process.pid, "SIGKILL");
  throw new Error("SIGKILL did not end the process");
}
