import { isDeepStrictEqual } from "node:util";
import type { Configuration } from "../config/configuration.js";
import type { Clock } from "../core/clock.js";
import type { ConfigurationState, ReloadOutcome } from "../core/reload.js";
import type { Logger } from "../outputs/log/logger.js";
import type { ServeConfiguration } from "./serve-configuration.js";
import { startOnlyChanges } from "./start-only.js";

/** Who asked for a reload. */
export type ReloadCause = "admin" | "SIGHUP" | "file" | "program";

export interface ReloaderOptions {
  /** The configuration of the start. */
  readonly configuration: Configuration;
  /** The path of its file; undefined where the server runs on its defaults. */
  readonly file?: string | undefined;
  /** Reads the configuration anew. */
  readonly read: () => Promise<ServeConfiguration>;
  /** Puts in force whatever can change while the server runs: all of it, or nothing where it throws. */
  readonly apply: (next: Configuration) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Takes new configurations, one at a time, and knows what became of the last. */
export class Reloader {
  private running: Configuration;
  private current: ConfigurationState;
  private underWay: Promise<unknown> = Promise.resolve();
  /** Asked for while another one is under way: it reads later than all who wait for it asked. */
  private next: Promise<ReloadOutcome> | undefined;
  private isClosed = false;

  constructor(private readonly options: ReloaderOptions) {
    const { configuration, file, clock } = options;
    this.running = configuration;
    const loadedAtWallMs = clock.wallMs();
    this.current = {
      ...(file === undefined ? {} : { file }),
      loadedAtWallMs,
      restartNeeded: [],
      lastReload: { ok: true, restartNeeded: [] },
      lastReloadAtWallMs: loadedAtWallMs,
    };
  }

  /** The configuration that runs, with what of it waits for the next start. */
  get configuration(): Configuration {
    return this.running;
  }

  get state(): ConfigurationState {
    return this.current;
  }

  /** Reads the configuration and puts it in force. With errors the running one stays. Never rejects. */
  reload(cause: ReloadCause, traceId?: string): Promise<ReloadOutcome> {
    if (this.next === undefined) {
      const next = this.underWay.then(() => {
        this.next = undefined;
        return this.attempt(cause, traceId);
      });
      this.next = next;
      this.underWay = next;
    }
    return this.next;
  }

  /** From now on nothing is reloaded: the server is ending. */
  close(): void {
    this.isClosed = true;
  }

  private async attempt(cause: ReloadCause, traceId: string | undefined): Promise<ReloadOutcome> {
    if (this.isClosed) return closing;
    const read = await this.read();
    if (this.isClosed) return closing;
    const outcome = read.ok ? this.take(read.configuration) : read;
    const isNews = !isDeepStrictEqual(outcome, this.current.lastReload);
    const isChanged = outcome.ok && read.ok && !isDeepStrictEqual(read.configuration, this.running);
    const nowWallMs = this.options.clock.wallMs();
    this.current = { ...this.current, lastReload: outcome, lastReloadAtWallMs: nowWallMs };
    if (read.ok && outcome.ok) {
      this.running = read.configuration;
      this.current = { ...this.current, loadedAtWallMs: nowWallMs, restartNeeded: outcome.restartNeeded };
    }
    // A file that somebody reloaded by hand is seen to have changed a little later: that is no news.
    if (isNews || isChanged || cause !== "file") this.say(outcome, cause, traceId);
    return outcome;
  }

  private async read(): Promise<ServeConfiguration> {
    try {
      return await this.options.read();
    } catch (error) {
      return failure(error);
    }
  }

  private take(next: Configuration): ReloadOutcome {
    try {
      this.options.apply(next);
    } catch (error) {
      return failure(error);
    }
    return { ok: true, restartNeeded: startOnlyChanges(this.options.configuration, next) };
  }

  private say(outcome: ReloadOutcome, cause: ReloadCause, traceId: string | undefined): void {
    const { logger } = this.options;
    const trace = traceId === undefined ? {} : { trace_id: traceId };
    if (!outcome.ok) {
      const message = `the configuration was not reloaded (${cause}); the running one stays in force`;
      logger.error("reload_failed", message, { cause, errors: outcome.errors, ...trace });
      return;
    }
    logger.info("reloaded", `the configuration was reloaded (${cause})`, { cause, ...trace });
    const { restartNeeded } = outcome;
    if (restartNeeded.length > 0) {
      const message = `changes of ${restartNeeded.join(", ")} take effect at the next start`;
      logger.warn("restart_needed", message, { options: restartNeeded });
    }
  }
}

const closing: ReloadOutcome = { ok: false, errors: ["the server is shutting down, and takes no new configuration"] };

const failure = (error: unknown) =>
  ({ ok: false, errors: [error instanceof Error ? error.message : String(error)] }) as const;
