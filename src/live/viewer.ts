import { type RetryDelays, retryDelayMs } from "../core/retry.js";
import { follow, type LiveEvent } from "./follow.js";
import { type Known, type Lost, settledMs } from "./known.js";

const retryDelays: RetryDelays = { firstMs: 500, longestMs: 5000 };

/** What a viewer makes of its connections to a server, one after the other. Times are of the viewer's monotonic clock. */
export class Viewer {
  private known: Known = {};
  private lastNewsMs: number | undefined;
  private failures = 0;

  constructor(private readonly show: (known: Known) => void) {}

  /** Whether a server ever said anything. */
  get knowsAnything(): boolean {
    return this.lastNewsMs !== undefined;
  }

  get isLost(): boolean {
    return this.known.lost !== undefined;
  }

  /** Whether it is lost on purpose. */
  get isPaused(): boolean {
    return this.known.lost?.isPaused === true;
  }

  /** What a connection brings. */
  take(events: readonly LiveEvent[], nowMs: number): void {
    let { status } = this.known;
    for (const event of events) status = follow(status, event);
    if (status === undefined || events.length === 0) return;
    this.failures = 0;
    this.lastNewsMs = nowMs;
    this.known = { status };
    this.show(this.known);
  }

  /**
   * A connection that lasted so long has ended. Gives how long to wait before the next one, in milliseconds: none where
   * the server ended a settled one in good order, which is no loss either.
   */
  ended(problem: string, lastedMs: number, isInOrder: boolean): number {
    if (isInOrder && lastedMs >= settledMs) return 0;
    this.lose(problem);
    this.failures += 1;
    // None of it by chance: a server has 32 viewers at most.
    return retryDelayMs(this.failures - 1, retryDelays, 0);
  }

  /** From now on there is no news. */
  lose(problem: string, more: Pick<Lost, "isPaused"> = {}): void {
    const lastNewsMs = this.lastNewsMs === undefined ? {} : { lastNewsMs: this.lastNewsMs };
    this.known = { ...this.known, lost: { problem, ...lastNewsMs, ...more } };
    this.show(this.known);
  }
}
