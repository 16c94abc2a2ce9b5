import { EventStreamParser } from "../live/event-stream.js";
import type { LiveEvent } from "../live/follow.js";
import { type Known, silenceMs } from "../live/known.js";
import { Viewer } from "../live/viewer.js";

/** A page that nobody looks at costs its server nothing. Long enough to look something up in another tab. */
const hiddenMs = 60_000;

/** Follows the server's stream for as long as the page is there: connects again whenever it is lost. */
export class Connection {
  private readonly viewer: Viewer;
  private attempt: AbortController | undefined;
  private timer: number | undefined;
  private hiddenTimer: number | undefined;

  constructor(
    private readonly url: string,
    show: (known: Known) => void,
  ) {
    this.viewer = new Viewer(show);
  }

  start(): void {
    document.addEventListener("visibilitychange", () => this.onVisibility());
    window.addEventListener("online", () => {
      if (!this.viewer.isPaused) this.retryNow();
    });
    // A tab that is opened in the background has changed nothing, so no event tells of it.
    if (document.hidden) this.onVisibility();
    void this.connect();
  }

  private onVisibility(): void {
    window.clearTimeout(this.hiddenTimer);
    if (document.hidden) this.hiddenTimer = window.setTimeout(() => this.pause(), hiddenMs);
    else this.retryNow();
  }

  private pause(): void {
    window.clearTimeout(this.timer);
    this.attempt?.abort();
    this.attempt = undefined;
    this.viewer.lose("paused, since nobody looked at this page", { isPaused: true });
  }

  private retryNow(): void {
    if (!this.viewer.isLost || this.attempt !== undefined) return;
    window.clearTimeout(this.timer);
    void this.connect();
  }

  private async connect(): Promise<void> {
    const attempt = new AbortController();
    this.attempt = attempt;
    const startedMs = performance.now();
    const problem = await this.read(attempt).catch(problemOf);
    if (this.attempt !== attempt) return;
    this.attempt = undefined;
    const delayMs = this.viewer.ended(problem, performance.now() - startedMs, problem === endedInOrder);
    this.timer = window.setTimeout(() => void this.connect(), delayMs);
  }

  /** Gives why the stream ended. */
  private async read(attempt: AbortController): Promise<string> {
    const watchdog = new Watchdog(silenceMs, () => attempt.abort(new Error("the server says nothing any more")));
    try {
      const response = await fetch(this.url, { cache: "no-store", signal: attempt.signal });
      if (!response.ok || response.body === null) return refusal(response);
      const parser = new EventStreamParser();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        watchdog.reset();
        const events = parser
          .push(piece.value)
          .map(({ event, data }) => ({ event, data: JSON.parse(data) }) as LiveEvent);
        this.viewer.take(events, performance.now());
      }
      return endedInOrder;
    } finally {
      watchdog.stop();
      attempt.abort();
    }
  }
}

const endedInOrder = "the server ended the connection";

/** Bites when it was not reset for a while. */
class Watchdog {
  private timer: number | undefined;

  constructor(
    private readonly afterMs: number,
    private readonly bite: () => void,
  ) {
    this.reset();
  }

  reset(): void {
    this.stop();
    this.timer = window.setTimeout(this.bite, this.afterMs);
  }

  stop(): void {
    window.clearTimeout(this.timer);
  }
}

const refusal = ({ status }: Response): string =>
  status === 401 || status === 403
    ? `the server no longer tells this browser (HTTP ${status})`
    : `the server answers with HTTP ${status}`;

/** Browsers word network errors each in its own way, and say nothing by it. */
const problemOf = (error: unknown): string =>
  error instanceof Error && !(error instanceof TypeError) && error.name === "Error"
    ? error.message
    : "the server cannot be reached";
