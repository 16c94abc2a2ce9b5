import { isDeepStrictEqual } from "node:util";
import type { Configuration } from "../config/configuration.js";
import type { AdminOptions } from "../outputs/http/admin-server.js";
import type { Logger } from "../outputs/log/logger.js";
import type { Monitor } from "./monitor.js";
import type { ServeConfiguration } from "./serve-configuration.js";

export interface ReloadOptions {
  /** The configuration that runs. */
  readonly configuration: Configuration;
  /** Reads the configuration anew. */
  readonly read: () => Promise<ServeConfiguration>;
  readonly monitor: Pick<Monitor, "reconfigure">;
  readonly logger: Logger;
}

/** What listens and samples was set up at the start; these sections wait for the next one. */
const startSections = ["grpc", "http", "admin", "gpu", "metrics", "drain"] as const;

/** Takes checks, components and the log level of the new configuration, or nothing of it when it has an error. */
export function createReload({ configuration, read, monitor, logger }: ReloadOptions): AdminOptions["reload"] {
  return async () => {
    const outcome = await read();
    if (!outcome.ok) {
      const message = "the new configuration has errors; the running one stays in force";
      logger.error("reload_failed", message, { errors: outcome.errors });
      return outcome;
    }
    const next = outcome.configuration;
    monitor.reconfigure(next);
    logger.setLevel(next.log.level);
    logger.info("reloaded", "checks, components and log level of the new configuration are in force");
    const waiting = startSections.filter((section) => !isDeepStrictEqual(configuration[section], next[section]));
    if (waiting.length > 0) {
      const message = `changes in ${waiting.join(", ")} take effect at the next start`;
      logger.warn("restart_needed", message, { sections: waiting });
    }
    return { ok: true };
  };
}
