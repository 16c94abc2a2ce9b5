import type { Clock } from "../core/clock.js";

export interface SlotLimits {
  /** How many runs may have a slot at a time. */
  readonly slots: number;
  /** How long a run that does not end counts, in milliseconds. */
  readonly heldMs: number;
}

interface Waiting {
  readonly start: (leave: () => void) => void;
}

/**
 * Keeps hundreds of runs from beginning at the same instant: each has a slot from its start to its end, or for a short
 * while where it takes longer. So a slow check delays the others by no more than that, once, and as many may be in
 * progress as there are.
 */
export class Slots {
  /** When each slot was taken, the oldest first. */
  private readonly taken = new Set<{ readonly atMs: number }>();
  private readonly waiting = new Set<Waiting>();
  private isStarting = false;
  private cancelWakeUp: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly limits: SlotLimits,
  ) {}

  /**
   * Calls `start` at once where a slot is free, else in turn as soon as one is. `leave` gives the slot back. Gives a
   * function that ends the wait.
   */
  take(start: Waiting["start"]): () => void {
    const waiting = { start };
    this.waiting.add(waiting);
    this.startWaiting();
    return () => this.waiting.delete(waiting);
  }

  private startWaiting(): void {
    // What ends at once gives its slot back while others are being started: the loop below goes on with it.
    if (this.isStarting) return;
    this.isStarting = true;
    try {
      for (const next of this.waiting) {
        if (!this.hasFreeSlot()) break;
        this.waiting.delete(next);
        this.startOne(next);
      }
    } finally {
      this.isStarting = false;
      this.wakeUpForOldest();
    }
  }

  private startOne({ start }: Waiting): void {
    const slot = { atMs: this.clock.nowMs() };
    this.taken.add(slot);
    start(() => {
      if (this.taken.delete(slot) && this.waiting.size > 0) this.startWaiting();
    });
  }

  private hasFreeSlot(): boolean {
    if (this.taken.size < this.limits.slots) return true;
    for (const slot of this.taken) {
      if (this.clock.nowMs() < slot.atMs + this.limits.heldMs) return false;
      this.taken.delete(slot);
      return true;
    }
    return false;
  }

  private wakeUpForOldest(): void {
    if (this.cancelWakeUp !== undefined || this.waiting.size === 0) return;
    const [oldest] = this.taken;
    const freeAtMs = (oldest?.atMs ?? 0) + this.limits.heldMs;
    this.cancelWakeUp = this.clock.schedule(Math.max(0, freeAtMs - this.clock.nowMs()), () => {
      this.cancelWakeUp = undefined;
      this.startWaiting();
    });
  }
}
