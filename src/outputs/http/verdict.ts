import type { Status } from "../../core/status.js";

/** A status and why. */
export interface Verdict {
  readonly status: Status;
  readonly reason: string;
  readonly message: string;
  readonly remedy?: string;
}

/** These four of something that has more. */
export function verdictOf({ status, reason, message, remedy }: Verdict): Verdict {
  return { status, reason, message, ...(remedy === undefined ? {} : { remedy }) };
}

/** ISO 8601, of milliseconds since 1970. */
export const iso = (wallMs: number): string => new Date(wallMs).toISOString();
