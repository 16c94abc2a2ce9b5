import type { Clock } from "../core/clock.js";
import type { Logger } from "../outputs/log/logger.js";

/** At most one line in this time, so that an error in a loop does not fill the disk. */
const quietMs = 10_000;

/** What the process tells of an error that nobody caught, wherever it was thrown. */
interface ErrorSource {
  on(event: "uncaughtException" | "unhandledRejection", listener: (error: unknown) => void): unknown;
}

/**
 * Lets the process live on when an error is thrown where nobody catches it: in a timer or a socket's callback of a
 * database's driver, say. To end would take a service out of traffic for a fault in one check. Nothing of ours is left
 * half done: the check that waits for such a callback has its deadline, and only the scheduler publishes results.
 */
export function surviveUnexpectedErrors(source: ErrorSource, logger: Logger, clock: Clock): UnexpectedErrors {
  let count = 0;
  let notLogged = 0;
  let loggedAtMs = Number.NEGATIVE_INFINITY;
  const survive = (error: unknown): void => {
    count += 1;
    if (clock.nowMs() - loggedAtMs < quietMs) {
      notLogged += 1;
      return;
    }
    loggedAtMs = clock.nowMs();
    logger.error("unexpected_error", "an error was thrown where nothing catches it: a bug, which the server survived", {
      ...whereThrown(error),
      count,
      notLogged,
    });
    notLogged = 0;
  };
  source.on("uncaughtException", survive);
  source.on("unhandledRejection", survive);
  return { count: () => count };
}

/** Without the message: it is the words of a driver, which may repeat what it was given, a password too. */
function whereThrown(error: unknown): {
  readonly type: string;
  readonly code?: string;
  readonly stack: readonly string[];
} {
  if (!(error instanceof Error)) return { type: typeof error, stack: [] };
  const frames = error.stack?.split("\n").filter((line) => line.startsWith("    at ")) ?? [];
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  return { type: error.name, ...code, stack: frames.map((line) => line.trim()) };
}

export interface UnexpectedErrors {
  /** Errors since the start. */
  count(): number;
}
