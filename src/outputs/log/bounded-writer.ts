/** Writes the whole of `text` somewhere, at some time, without blocking; then calls `done` once. */
export type Sink = (text: string, done: (error?: Error) => void) => void;

/**
 * Lines on their way to a sink that may be slow, stuck or broken. What waits is bounded: over `maxPendingBytes` new
 * lines are dropped and counted, so that a reader who stalls costs lines, never memory or time.
 */
export class BoundedWriter {
  private pending: string[] = [];
  private inFlight: readonly string[] = [];
  private pendingBytes = 0;
  private dropped = 0;
  private unreported = 0;
  private isLineBroken = false;
  private readonly idleListeners = new Set<() => void>();

  /** `onRecovered` is called when lines get through again, with the number of lines lost since the last call. */
  constructor(
    private readonly sink: Sink,
    private readonly maxPendingBytes: number,
    private readonly onRecovered: (lostLines: number) => void,
  ) {}

  /** Lines lost since start. */
  get droppedLines(): number {
    return this.dropped;
  }

  /** Never blocks and never throws. `line` ends in a newline. */
  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.pendingBytes + bytes > this.maxPendingBytes) {
      this.lose(1);
      return;
    }
    this.pending.push(line);
    this.pendingBytes += bytes;
    this.writeNext();
  }

  /** Resolves when nothing waits any more, or after `deadlineMs`, whichever is first. */
  flush(deadlineMs: number): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.idleListeners.delete(end);
        resolve();
      };
      const timer = setTimeout(end, deadlineMs);
      this.idleListeners.add(end);
    });
  }

  private get isIdle(): boolean {
    return this.inFlight.length === 0 && this.pending.length === 0;
  }

  private writeNext(): void {
    if (this.inFlight.length > 0) return;
    if (this.pending.length === 0) {
      for (const listener of this.idleListeners) listener();
      return;
    }
    this.inFlight = this.pending;
    this.pending = [];
    const text = this.inFlight.join("");
    // A write that failed may have left half a line behind; without the newline it would spoil this one too.
    this.sink(this.isLineBroken ? `\n${text}` : text, (error) => this.finish(Buffer.byteLength(text), error));
  }

  private finish(bytes: number, error: Error | undefined): void {
    const lines = this.inFlight.length;
    this.inFlight = [];
    this.pendingBytes -= bytes;
    this.isLineBroken = error !== undefined;
    if (error !== undefined) {
      this.lose(lines);
    } else if (this.unreported > 0) {
      const lostLines = this.unreported;
      this.unreported = 0;
      this.onRecovered(lostLines);
    }
    this.writeNext();
  }

  private lose(lines: number): void {
    this.dropped += lines;
    this.unreported += lines;
  }
}
