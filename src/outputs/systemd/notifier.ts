import type { Clock } from "../../core/clock.js";
import type { ComponentState, Registry } from "../../core/registry.js";
import { statusLine } from "./status-line.js";

export interface NotifierOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  /** Sends one message of sd_notify(3). Neither waits nor throws. */
  readonly send: (message: string) => void;
  /** How soon systemd misses a sign of life, in milliseconds; undefined: never. */
  readonly watchdogMs?: number | undefined;
}

/** Tells systemd how the service is: sd_notify(3). */
export interface Notifier {
  /** It serves. From now on the status follows readiness, and the watchdog gets its signs of life. */
  ready(): void;
  /** Says that `work` is a reload, from its beginning to its end, however it ends. */
  duringReload<T>(work: () => Promise<T>): Promise<T>;
  /** It ends on purpose. */
  stopping(): void;
  /** Says nothing more. */
  stop(): void;
}

/** A notifier where nobody listens. */
export const silentNotifier: Notifier = {
  ready: () => {},
  duringReload: (work) => work(),
  stopping: () => {},
  stop: () => {},
};

export function createNotifier({ registry, clock, send, watchdogMs }: NotifierOptions): Notifier {
  let unsubscribe = (): void => {};
  let endWatchdog = (): void => {};
  let lastStatus: string | undefined;

  const status = (): string => `STATUS=${statusLine(registry.get("readiness"))}`;
  const sendStatus = (): void => {
    const next = status();
    if (next === lastStatus) return;
    lastStatus = next;
    send(next);
  };
  const say = (state: string): void => {
    lastStatus = status();
    send(`${state}\n${lastStatus}`);
  };
  const watch = (intervalMs: number): void => {
    endWatchdog = clock.schedule(intervalMs, () => {
      if (isWell(registry.get("liveness"))) send("WATCHDOG=1");
      watch(intervalMs);
    });
  };

  return {
    ready() {
      say("READY=1");
      unsubscribe = registry.onTransition(({ to }) => {
        if (to?.name === "readiness") sendStatus();
      });
      // sd_watchdog_enabled(3) recommends half of the time.
      if (watchdogMs !== undefined) watch(watchdogMs / 2);
    },
    async duringReload(work) {
      // systemd compares the time with that of its signal, on CLOCK_MONOTONIC as nowMs is.
      send(`RELOADING=1\nMONOTONIC_USEC=${Math.floor(clock.nowMs() * 1000)}`);
      try {
        return await work();
      } finally {
        say("READY=1");
      }
    },
    stopping() {
      say("STOPPING=1");
    },
    stop() {
      unsubscribe();
      endWatchdog();
    },
  };
}

/** This process and its event loop, whatever drain and shutdown make of the component. No answer yet is no sign of life. */
const isWell = (liveness: ComponentState | undefined): boolean =>
  liveness?.checked.status === "healthy" || liveness?.checked.status === "degraded";
