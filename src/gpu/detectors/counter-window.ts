const oneMinuteMs = 60_000;
/** Points are no closer than this share of the window, so that any interval needs the same memory. */
const resolution = 1 / 30;

/** What a growing counter showed in the last minute, oldest first; never empty once observed. */
export type CounterWindow = readonly { readonly atMs: number; readonly count: number }[];

/** The window with one more value. A counter that went back was reset: it starts anew. */
export function observeCounter(window: CounterWindow, atMs: number, count: number): CounterWindow {
  const last = window.at(-1);
  if (last === undefined || count < last.count) return [{ atMs, count }];
  const older = window.filter((point) => point.atMs < atMs - oneMinuteMs).at(-1);
  const kept = window.filter((point) => point === older || point.atMs >= atMs - oneMinuteMs);
  const before = kept.at(-2);
  const replacesLast = before !== undefined && last.atMs - before.atMs < oneMinuteMs * resolution;
  return [...(replacesLast ? kept.slice(0, -1) : kept), { atMs, count }];
}

/** How much it grew in the last minute. Where values are further apart: how much of it falls on a minute. */
export function growthPerMinute(window: CounterWindow): number {
  const first = window[0];
  const last = window.at(-1);
  if (first === undefined || last === undefined) return 0;
  const elapsedMs = last.atMs - first.atMs;
  const growth = last.count - first.count;
  return elapsedMs > oneMinuteMs ? (growth * oneMinuteMs) / elapsedMs : growth;
}
