import type { Clock } from "../../core/clock.js";
import { ApiError, type NodeApi } from "./api.js";
import { eventAgain, eventObject, type Notice, type WrittenEvent } from "./event.js";
import type { NodeView } from "./node.js";

/** What waits while the API cannot be reached. The newest matter; the condition says how things are. */
const capacity = 10;

/** The API server forgets Events after an hour: before that an Event that happens again is counted up. */
const countedForMs = 50 * 60_000;

export interface EventWriterOptions {
  readonly api: NodeApi;
  readonly clock: Clock;
  /** Makes what tells an Event's name from every other one of the node. */
  readonly newId: () => string;
  /** The API takes no Event: said once until it takes one again. */
  readonly refused: (message: string) => void;
}

/** Writes Events, each at least once, as far as the API takes them. */
export class EventWriter {
  readonly counts = { done: 0, failed: 0 };
  lastWriteAtMs: number | undefined;
  private waiting: { readonly node: NodeView; readonly notice: Notice }[] = [];
  /** By reason: there are as many as there are kinds of faults. */
  private readonly written = new Map<string, WrittenEvent>();
  private isRefused = false;

  constructor(private readonly options: EventWriterOptions) {}

  get hasWaiting(): boolean {
    return this.waiting.length > 0;
  }

  add(node: NodeView, notice: Notice): void {
    this.waiting = [...this.waiting, { node, notice }].slice(-capacity);
  }

  /** Writes what waits. What the API refuses for good is dropped. @throws ApiError where another attempt may succeed. */
  async flush(signal: AbortSignal): Promise<void> {
    for (let next = this.waiting[0]; next !== undefined; next = this.waiting[0]) {
      try {
        await this.write(next.node, next.notice, signal);
        this.counts.done++;
        this.isRefused = false;
      } catch (error) {
        if (signal.aborted) return;
        this.counts.failed++;
        if (!(error instanceof ApiError) || !isForGood(error)) throw error;
        if (!this.isRefused) this.options.refused(error.message);
        this.isRefused = true;
      }
      this.waiting.shift();
    }
  }

  private async write(node: NodeView, notice: Notice, signal: AbortSignal): Promise<void> {
    const { api, clock, newId } = this.options;
    const known = this.written.get(notice.reason);
    if (known !== undefined && clock.nowMs() - known.writtenAtMs < countedForMs) {
      const isThere = await this.unlessGone(
        api.patchEvent(known.name, eventAgain(known, notice, clock.wallMs()), signal),
      );
      if (isThere) return this.remember({ ...known, count: known.count + 1 });
    }
    const event = eventObject(node, notice, newId(), clock.wallMs());
    await api.createEvent(event, signal);
    this.remember({ name: event.metadata.name, reason: notice.reason, count: 1, writtenAtMs: clock.nowMs() });
  }

  private remember(event: WrittenEvent): void {
    this.written.set(event.reason, event);
    this.lastWriteAtMs = this.options.clock.nowMs();
  }

  private async unlessGone(request: Promise<void>): Promise<boolean> {
    try {
      await request;
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return false;
      throw error;
    }
  }
}

/** Events are no reason to hold up all else; where there was no answer, or a busy one, it is worth another attempt. */
const isForGood = ({ status }: ApiError): boolean =>
  status !== undefined && status >= 400 && status < 500 && status !== 401 && status !== 408 && status !== 429;
