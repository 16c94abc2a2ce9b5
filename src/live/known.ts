import type { LiveStatus } from "./state.js";

/** What a viewer knows, and whether that is still so. */
export interface Known {
  readonly status?: LiveStatus;
  /** Set while there is no news. */
  readonly lost?: Lost;
}

export interface Lost {
  /** Why, in words. */
  readonly problem: string;
  /** When the last news came, on the viewer's monotonic clock; left out where none ever did. */
  readonly lastNewsMs?: number;
  /** On purpose: nobody looks. */
  readonly isPaused?: true;
}

/** The server says something every second: a viewer that hears nothing for this long has lost it. */
export const silenceMs = 4000;

/**
 * A stream that the server ends in good order after so long is opened again at once, and is not said to be lost: it ends
 * each one after an hour.
 */
export const settledMs = 5000;
