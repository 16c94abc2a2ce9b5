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

/** Logs what happens at the listeners. What is refused is summed up; metrics count each connection. */
export function logListeners(logger: Logger, clock: Clock): OnListenerEvent {
  const refused = new Map<string, Refused>();
  /** How many there were since the last line of this kind; undefined while it is too early for another. */
  const countOf = (key: string): number | undefined => {
    const before = refused.get(key);
    if (before !== undefined && clock.nowMs() - before.loggedAtMs < refusalLineEveryMs) {
      before.unlogged += 1;
      return undefined;
    }
    refused.set(key, { loggedAtMs: clock.nowMs(), unlogged: 0 });
    return 1 + (before?.unlogged ?? 0);
  };
  return (server, address, event) => {
    const listener = `${server}.listen ${address}`;
    switch (event.kind) {
      case "refused": {
        const { reason, peer, detail } = event;
        const count = countOf(`${listener} ${reason}`);
        if (count === undefined) return;
        const message = `${listener} refused a connection from ${peer}: ${detail}`;
        logger.warn("connection_refused", message, { server, address, reason, peer, count });
        return;
      }
      case "unauthorized": {
        const { peer } = event;
        const count = countOf(`${listener} token`);
        if (count === undefined) return;
        const message = `${listener} refused a request from ${peer}: it does not carry the token`;
        logger.warn("request_unauthorized", message, { server, address, peer, count });
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
