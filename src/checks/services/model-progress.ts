import type { WorkLook } from "./model-metrics.js";

/** What two looks at the work of a server, one after the other, say. */
export interface Progress {
  /** Something was done between the looks. */
  readonly hasAdvanced: boolean;
  /** Requests that the server has now; undefined where it does not tell. */
  readonly inHand: number | undefined;
  /** For how long the server has had requests and done nothing, in milliseconds; 0 where one of both is not so. */
  readonly quietMs: number;
}

/** Keeps what was seen, to tell a server that is busy from one that is stuck. */
export class ProgressRecord {
  private last: WorkLook | undefined;
  private quietSinceMs = 0;

  /** Takes the next look; undefined: there is none. */
  observe(look: WorkLook | undefined, nowMs: number): Progress | undefined {
    const previous = this.last;
    this.last = look;
    if (look === undefined) return undefined;
    // Counters that went back are those of a server that was started anew: that is life, too.
    const hasAdvanced = previous !== undefined && previous.done !== look.done;
    const inHand = sumOf(look.running, look.waiting);
    if (previous === undefined || hasAdvanced || !inHand) this.quietSinceMs = nowMs;
    return { hasAdvanced, inHand, quietMs: nowMs - this.quietSinceMs };
  }

  /** Takes a look right after a canary of our own, which is no progress of others but proof that work gets done. */
  restart(look: WorkLook | undefined, nowMs: number): void {
    this.last = look;
    this.quietSinceMs = nowMs;
  }
}

const sumOf = (running: number | undefined, waiting: number | undefined): number | undefined =>
  running === undefined && waiting === undefined ? undefined : (running ?? 0) + (waiting ?? 0);
