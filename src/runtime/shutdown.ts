import type { Clock } from "../core/clock.js";
import type { Logger } from "../outputs/log/logger.js";
import type { Server } from "./server.js";

export interface ShutdownOptions {
  /** `drain` is read when the signal comes: a reload may have changed it. */
  readonly server: Pick<Server, "turnAway" | "close" | "drain">;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Ends the process once all is closed, with this exit code for certain. */
  readonly exit: (code: number) => void;
  /** Ends it whatever hangs, where need be without the exit code. */
  readonly exitNow: (code: number) => void;
}

/** What a shell shows for a process that a signal ended. */
const exitCodes = { SIGTERM: 143, SIGINT: 130 } as const;
type Signal = keyof typeof exitCodes;

/** How long the last log lines may take. */
const flushMs = 200;

/**
 * What a signal does. The first drains: NOT_SERVING at once, then `drain.delayMs` for load balancers to learn of it,
 * then the end of streams, listeners and threads, and exit 0; after `drain.deadlineMs` exit 0 whatever hangs. The
 * second exits at once.
 */
export function createShutdown({ server, logger, clock, exit, exitNow }: ShutdownOptions): (signal: Signal) => void {
  let isUnderWay = false;

  async function shutDown(signal: Signal): Promise<void> {
    const startedAtMs = clock.nowMs();
    const { drain } = server;
    clock.schedule(drain.deadlineMs, () => exitNow(0));
    server.turnAway(`the server is shutting down (${signal})`);
    logger.info("shutdown", `${signal}: draining for ${drain.delayMs} ms`, { signal, ...drain });
    await new Promise<void>((resolve) => clock.schedule(drain.delayMs, resolve));
    const remainingMs = startedAtMs + drain.deadlineMs - clock.nowMs();
    const abandonedThreads = await server.close(Math.max(0, remainingMs - flushMs));
    if (abandonedThreads > 0) {
      logger.warn("threads_abandoned", `${abandonedThreads} threads are left in NVML calls that do not return`, {
        threads: abandonedThreads,
      });
    }
    logger.info("stopped", "the server has stopped");
    await logger.flush(flushMs);
    if (abandonedThreads > 0) exitNow(0);
    exit(0);
  }

  return (signal) => {
    if (isUnderWay) {
      exitNow(exitCodes[signal]);
      return;
    }
    isUnderWay = true;
    void shutDown(signal);
  };
}
