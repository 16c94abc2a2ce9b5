import { getSystemErrorMap } from "node:util";
import type { Clock } from "../core/clock.js";
import type { Registry } from "../core/registry.js";
import { loadAddon } from "../gpu/addon.js";
import type { Logger } from "../outputs/log/logger.js";
import {
  type Read,
  readSystemdEnvironment,
  type SystemdEnvironment,
  systemdVariables,
} from "../outputs/systemd/environment.js";
import { createNotifier, type Notifier, silentNotifier } from "../outputs/systemd/notifier.js";

/**
 * What systemd says to this process, and to no other: it is taken out of the environment, so that checks and supervised
 * programs do not take it for theirs.
 */
export function takeSystemdEnvironment(): Read {
  const read = readSystemdEnvironment(process.env, process.pid);
  for (const name of systemdVariables) delete process.env[name];
  return read;
}

/** The way to tell systemd; silent where it wants no news, or where there is no addon to tell it with, with a warning. */
export function openNotifier(
  { notifySocket, watchdogMs }: SystemdEnvironment,
  { registry, clock, logger }: { readonly registry: Registry; readonly clock: Clock; readonly logger: Logger },
): Notifier {
  if (notifySocket === undefined) return silentNotifier;
  const loaded = loadAddon();
  if (!loaded.ok) {
    const message = `systemd cannot be told that the server is ready: ${loaded.message}. Until then set Type=exec in the unit`;
    logger.error("systemd_not_told", message);
    return silentNotifier;
  }
  let failed: number | undefined;
  const send = (message: string): void => {
    const errno = loaded.addon.sendDatagram(notifySocket, message);
    if (errno !== 0 && errno !== failed) {
      const [code] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`];
      logger.warn("systemd_not_told", `systemd's socket takes no message: ${code}`, { socket: notifySocket, code });
    }
    failed = errno;
  };
  return createNotifier({ registry, clock, send, watchdogMs });
}
