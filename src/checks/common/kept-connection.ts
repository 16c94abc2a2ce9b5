import { untilAborted } from "./until-aborted.js";

/** What a driver holds open to a server. */
export interface Connection {
  /** False once the other side has gone. */
  readonly isOpen: boolean;
  /** Closes it at once, whatever it is doing. Never throws. */
  close(): void;
}

/**
 * One connection that is kept from run to run, as a service keeps those of its pool: a database pays for each with a
 * process or a thread. After any fault the next run makes a new one.
 */
export class KeptConnection<C extends Connection> {
  private kept: C | undefined;

  constructor(private readonly open: (signal: AbortSignal) => Promise<C>) {}

  /**
   * What `work` gives. A kept connection that turns out to be lost is no fault of the server's, which may have been
   * started anew since: then `work` is done once more, over a new one. At the deadline the connection is closed, and the
   * error is what `timedOut` makes; `open` must end by itself when the signal aborts.
   */
  async use<T>(signal: AbortSignal, timedOut: () => Error, work: (connection: C) => Promise<T>): Promise<T> {
    const kept = this.kept;
    this.kept = undefined;
    const attempt = async (connection: C): Promise<T> => {
      const result = await untilAborted(work(connection), signal, timedOut);
      this.kept = connection;
      return result;
    };
    if (kept?.isOpen) {
      try {
        return await attempt(kept);
      } catch (error) {
        const wasLost = !kept.isOpen;
        kept.close();
        if (signal.aborted || !wasLost) throw error;
      }
    }
    const opened = await this.open(signal);
    try {
      return await attempt(opened);
    } catch (error) {
      opened.close();
      throw error;
    }
  }

  stop(): void {
    this.kept?.close();
    this.kept = undefined;
  }
}
