import { assertNever } from "../core/assert-never.js";
import type { Clock } from "../core/clock.js";
import type { OnListenerEvent } from "../core/listener-state.js";
import type { Logger } from "../outputs/log/logger.js";

/** Whoever may not come in may try as often as they like: one line for each listener and reason in this time. */
const refusalLineEveryMs = 60_000;

interface Refused {
  loggedAtMs: number;
  unlogged: number;
}

/** Logs what happens at the listeners. Refused connections are summed up; metrics count each. */
export function logListeners(logger: Logger, clock: Clock): OnListenerEvent {
  const refused = new Map<string, Refused>();
  return (server, address, event) => {
    const listener = `${server}.listen ${address}`;
    switch (event.kind) {
      case "refused": {
        const key = `${listener} ${event.reason}`;
        const before = refused.get(key);
        if (before !== undefined && clock.nowMs() - before.loggedAtMs < refusalLineEveryMs) {
          before.unlogged += 1;
          return;
        }
        const { reason, peer, detail } = event;
        const count = 1 + (before?.unlogged ?? 0);
        refused.set(key, { loggedAtMs: clock.nowMs(), unlogged: 0 });
        const message = `${listener} refused a connection from ${peer}: ${detail}`;
        logger.warn("connection_refused", message, { server, address, reason, peer, count });
        return;
      }
      case "certificate_loaded": {
        const { subject, expiresAtWallMs } = event;
        const expires = new Date(expiresAtWallMs).toISOString();
        const message = `${listener} shows the new certificate of ${subject}, which ends at ${expires}`;
        logger.info("certificate_loaded", message, { server, address, subject, expires });
        return;
      }
      case "certificate_unusable": {
        const message = `${listener} keeps its certificate, for the new one cannot be used: ${event.problem}`;
        logger.error("certificate_unusable", message, { server, address, problem: event.problem });
        return;
      }
      default:
        assertNever(event);
    }
  };
}
