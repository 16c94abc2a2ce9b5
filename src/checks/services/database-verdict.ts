import { formatAgainst, formatPercent } from "../../core/units.js";
import type { CheckError } from "../result.js";
import type { Problem } from "./problem.js";
import { judgeShare, type ShareLimits } from "./share-limits.js";

/** What is judged alike of every SQL database. */

/** How the write of one run went. */
export type DatabaseWrite =
  | { readonly ok: true; readonly tookMs: number }
  | { readonly ok: false; readonly error: CheckError };

export function writeProblem(write: DatabaseWrite | undefined): Problem | undefined {
  if (write === undefined || write.ok) return undefined;
  const { reason, message, remedy } = write.error;
  return { status: "unhealthy", reason, message, ...(remedy === undefined ? {} : { remedy }) };
}

/** Connections in use, of those that there may be; a server may leave none but those for superusers. */
export function connectionProblem(
  where: string,
  { used, usable, remedy }: { readonly used: number; readonly usable: number; readonly remedy: string },
  limits: ShareLimits,
): Problem | undefined {
  const ratio = usable > 0 ? used / usable : 1;
  const reached = judgeShare(ratio, limits);
  if (reached === undefined) return undefined;
  const [found, limit] = formatAgainst(ratio, reached.limit, formatPercent);
  return {
    status: reached.status,
    reason: "insufficient_connections",
    message: `${where}: ${found} of the connections used (${used} of ${usable}), less than ${limit} expected`,
    remedy,
  };
}
