import type { Clock } from "../../core/clock.js";

/** Changes of one thing that get lines of their own within a window. */
const changesPerWindow = 5;
export const flapWindowMs = 5 * 60_000;

/** Changes of one thing since the first of them, or since the last summary. */
export interface ChangeWindow {
  readonly endsAtMs: number;
  readonly logged: number;
  /** Changes without a line. */
  readonly held: number;
  /** Whether it has been said that there are too many. */
  readonly isAnnounced: boolean;
}

/** `announce`: the first that gets no line of its own; it is said that a summary will come. */
export type Decision = "log" | "announce" | "hold";

export function afterChange(
  window: ChangeWindow | undefined,
  nowMs: number,
): { readonly window: ChangeWindow; readonly decision: Decision } {
  const current = window ?? { endsAtMs: nowMs + flapWindowMs, logged: 0, held: 0, isAnnounced: false };
  const { logged, held, isAnnounced } = current;
  if (logged < changesPerWindow) return { window: { ...current, logged: logged + 1 }, decision: "log" };
  return {
    window: { ...current, held: held + 1, isAnnounced: true },
    decision: isAnnounced ? "hold" : "announce",
  };
}

/** What follows a window: none after one that held nothing back, else one that holds everything back. */
export function afterWindow({ held }: ChangeWindow, nowMs: number): ChangeWindow | undefined {
  if (held === 0) return undefined;
  return { endsAtMs: nowMs + flapWindowMs, logged: changesPerWindow, held: 0, isAnnounced: true };
}

/** Says which changes get a line, for many things apart. Keeps nothing of what has been quiet for a window. */
export class FlapFilter<About> {
  private readonly windows = new Map<string, { about: About; window: ChangeWindow }>();

  /** `summarise` is told at the end of each window how many changes got no line. */
  constructor(
    private readonly clock: Clock,
    private readonly summarise: (about: About, held: number) => void,
  ) {}

  /** Changes of one `key` are counted together; `about` is what `summarise` is told. */
  change(key: string, about: About): Decision {
    const before = this.windows.get(key);
    const { window, decision } = afterChange(before?.window, this.clock.nowMs());
    this.keep(key, about, window);
    return decision;
  }

  private keep(key: string, about: About, window: ChangeWindow): void {
    const isNew = this.windows.get(key)?.window.endsAtMs !== window.endsAtMs;
    this.windows.set(key, { about, window });
    if (isNew) this.clock.schedule(window.endsAtMs - this.clock.nowMs(), () => this.end(key));
  }

  private end(key: string): void {
    const ended = this.windows.get(key);
    if (ended === undefined) return;
    const { about, window } = ended;
    const next = afterWindow(window, this.clock.nowMs());
    if (next === undefined) {
      this.windows.delete(key);
      return;
    }
    this.keep(key, about, next);
    this.summarise(about, window.held);
  }
}
