import type { AlertDelivery, AlertReceiver } from "../../core/alerting.js";
import { assertNever } from "../../core/assert-never.js";
import type { Clock } from "../../core/clock.js";
import { type RetryDelays, retryDelayMs } from "../../core/retry.js";
import type { Notice } from "./decision.js";
import { formatOf } from "./formats/formats.js";
import type { Message } from "./formats/message.js";
import type { Outcome } from "./outcome.js";
import { NoticeQueue, type Queued } from "./queue.js";
import { RateLimit } from "./rate-limit.js";
import { send } from "./send.js";
import type { AlertTransport } from "./transport.js";

/** Problems that may wait for one receiver: more than a node has parts that fail by themselves. */
const capacity = 200;
/** Some eight minutes of attempts. What goes on is repeated later all the same. */
const maxAttempts = 12;
const retryDelays: RetryDelays = { firstMs: 1000, longestMs: 60_000 };

export interface DeliveryContext {
  readonly transport: AlertTransport;
  readonly clock: Clock;
  readonly random: () => number;
  /** Makes the id of a message. */
  readonly newId: () => string;
  readonly host: string;
  readonly log: AlertLog;
}

/** News of deliveries for the log. */
export interface AlertLog {
  sent(receiver: string, notice: Notice): void;
  /** The first failure after a success: what follows until the next success says nothing new. */
  failing(receiver: string, message: string): void;
  recovered(receiver: string): void;
  /** Messages that are given up. */
  lost(receiver: string, notices: readonly Notice[], message: string): void;
}

/** One receiver: its queue, its pace and its attempts. One request at a time; never waits for another receiver. */
export class Delivery {
  private readonly queue = new NoticeQueue(capacity);
  private readonly rate: RateLimit;
  private readonly counts = { sent: 0, failed: 0 };
  private lastError: AlertDelivery["lastError"];
  private inFlight: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;
  private cancelTimer: (() => void) | undefined;
  private isStopping = false;

  constructor(
    private receiver: AlertReceiver,
    private readonly context: DeliveryContext,
  ) {
    this.rate = new RateLimit(formatOf(receiver.target.type).perMinute);
  }

  /** Takes another address or deadline from the next request on. */
  replace(receiver: AlertReceiver): void {
    this.receiver = receiver;
  }

  push(notices: readonly Notice[]): void {
    for (const notice of notices) this.queue.add({ notice, id: this.context.newId(), attempts: 0 });
    this.pump();
  }

  status(): Omit<AlertDelivery, "firing"> {
    const { name, target } = this.receiver;
    return {
      receiver: name,
      type: target.type,
      queued: this.queue.length,
      ...this.counts,
      dropped: this.queue.dropped,
      ...(this.lastError === undefined ? {} : { lastError: this.lastError }),
    };
  }

  /** Gives what waits one attempt each, in `deadlineMs` together; what is left then is counted as dropped. */
  async stop(deadlineMs: number): Promise<void> {
    this.isStopping = true;
    let cancelDeadline = (): void => {};
    const deadline = new Promise<void>((resolve) => {
      cancelDeadline = this.context.clock.schedule(deadlineMs, resolve);
    });
    await Promise.race([this.drain(), deadline]);
    cancelDeadline();
    this.cancelTimer?.();
    this.queue.clear();
    this.inFlight?.abort.abort();
    await this.inFlight?.done;
  }

  private async drain(): Promise<void> {
    await this.inFlight?.done;
    // A failed one is not put back while stopping, so this ends.
    while (this.queue.length > 0 && this.rate.waitMs(this.context.clock.nowMs()) === 0) {
      this.startNext();
      await this.inFlight?.done;
    }
  }

  private pump(): void {
    if (this.isStopping || this.inFlight !== undefined || this.cancelTimer !== undefined) return;
    if (this.queue.length === 0) return;
    const waitMs = this.rate.waitMs(this.context.clock.nowMs());
    if (waitMs > 0) this.pumpIn(waitMs);
    else this.startNext();
  }

  private pumpIn(waitMs: number): void {
    this.cancelTimer = this.context.clock.schedule(waitMs, () => {
      this.cancelTimer = undefined;
      this.pump();
    });
  }

  private startNext(): void {
    const [first, ...rest] = this.queue.take(formatOf(this.receiver.target.type).batch);
    if (first === undefined) return;
    const abort = new AbortController();
    this.rate.count(this.context.clock.nowMs());
    const done = this.attempt([first, ...rest], abort.signal).finally(() => {
      this.inFlight = undefined;
      this.pump();
    });
    this.inFlight = { abort, done };
    const cancel = this.context.clock.schedule(this.receiver.timeoutMs, () => abort.abort());
    void done.finally(cancel);
  }

  private async attempt(items: readonly [Queued, ...Queued[]], signal: AbortSignal): Promise<void> {
    const { transport, clock, host } = this.context;
    const messageOf = ({ notice, id }: Queued): Message => ({ ...notice.problem, kind: notice.kind, id, host });
    const [first, ...rest] = items;
    const messages = [messageOf(first), ...rest.map(messageOf)] as const;
    this.settle(items, await send(messages, this.receiver.target, transport, clock, signal));
  }

  private settle(items: readonly Queued[], outcome: Outcome): void {
    const { log, random } = this.context;
    const { name } = this.receiver;
    switch (outcome.kind) {
      case "accepted":
        if (this.lastError !== undefined) log.recovered(name);
        this.lastError = undefined;
        this.counts.sent += items.length;
        for (const { notice } of items) log.sent(name, notice);
        return;
      case "refused":
        this.note(outcome.message);
        this.lose(items, outcome.message);
        return;
      case "unavailable": {
        this.note(outcome.message);
        const tried = items.map((item) => ({ ...item, attempts: item.attempts + 1 }));
        const again = this.isStopping ? [] : tried.filter(({ attempts }) => attempts < maxAttempts);
        this.lose(
          tried.filter((item) => !again.includes(item)),
          outcome.message,
        );
        if (again.length === 0) return;
        this.queue.putBack(again);
        const failures = Math.max(...again.map((item) => item.attempts)) - 1;
        this.pumpIn(Math.max(outcome.waitMs ?? 0, retryDelayMs(failures, retryDelays, random())));
        return;
      }
      default:
        assertNever(outcome);
    }
  }

  private note(message: string): void {
    if (this.lastError === undefined) this.context.log.failing(this.receiver.name, message);
    this.lastError = { message, atWallMs: this.context.clock.wallMs() };
  }

  private lose(items: readonly Queued[], message: string): void {
    if (items.length === 0) return;
    this.counts.failed += items.length;
    this.context.log.lost(
      this.receiver.name,
      items.map(({ notice }) => notice),
      message,
    );
  }
}
