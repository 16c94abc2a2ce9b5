import type { Notice, NoticeKind } from "./decision.js";

/** A notice that waits, and how often it was tried. */
export interface Queued {
  readonly notice: Notice;
  /** Stays the same through every attempt, so that a receiver can tell repetitions. */
  readonly id: string;
  readonly attempts: number;
  /** It stands for another one that did not get through: the receiver may know of an alert whose end it was not told. */
  readonly mayBeKnown?: true;
}

/** Which to give up first where there is no room: what goes on will be told again, what is over hurts least. */
const leastNeeded: readonly NoticeKind[] = ["repeated", "resolved", "changed", "firing"];

/** Notices in order, one at most for each problem: the newest takes the place of the one that waits. */
export class NoticeQueue {
  private items: Queued[] = [];
  /** How many found no room. */
  dropped = 0;

  constructor(private readonly capacity: number) {}

  get length(): number {
    return this.items.length;
  }

  add(item: Queued): void {
    const at = this.items.findIndex((other) => isSameProblem(other, item));
    const waiting = this.items[at];
    if (waiting === undefined) {
      this.items.push(item);
      this.makeRoom();
      return;
    }
    const isUntold = waiting.notice.kind === "firing" && waiting.attempts === 0 && waiting.mayBeKnown === undefined;
    // Nobody has heard of it, so nobody need hear that it is over.
    if (isUntold && item.notice.kind === "resolved") this.items.splice(at, 1);
    else if (isUntold) this.items[at] = { ...item, notice: { ...item.notice, kind: "firing" } };
    else this.items[at] = { ...item, mayBeKnown: true };
  }

  /** Takes the oldest ones out. */
  take(count: number): readonly Queued[] {
    return this.items.splice(0, count);
  }

  /** Puts back what could not be told, except where there is news of the same problem. */
  putBack(items: readonly Queued[]): void {
    const stillNews = items.filter((item) => !this.items.some((newer) => isSameProblem(newer, item)));
    const others = this.items.map(
      (item): Queued => (items.some((older) => isSameProblem(older, item)) ? { ...item, mayBeKnown: true } : item),
    );
    this.items = [...stillNews, ...others];
    this.makeRoom();
  }

  /** Forgets all that waits, and counts it as dropped. */
  clear(): void {
    this.dropped += this.items.length;
    this.items = [];
  }

  private makeRoom(): void {
    while (this.items.length > this.capacity) {
      const kind = leastNeeded.find((each) => this.items.some(({ notice }) => notice.kind === each));
      this.items.splice(
        this.items.findIndex(({ notice }) => notice.kind === kind),
        1,
      );
      this.dropped += 1;
    }
  }
}

const isSameProblem = (one: Queued, other: Queued): boolean => one.notice.problem.key === other.notice.problem.key;
