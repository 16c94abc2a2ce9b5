import { oneLine } from "../../core/one-line.js";
import { formatDuration } from "../../core/units.js";
import { networkError } from "../common/network-error.js";
import type { Reason } from "../reasons.js";
import { CheckError } from "../result.js";

interface Meaning {
  /** How the error of the server begins. */
  readonly start: string;
  readonly reason: Reason;
  readonly remedy: string;
}

const credentials = "see whether user and password are those of the server";

/** The first that fits counts. */
const meanings: readonly Meaning[] = [
  { start: "WRONGPASS", reason: "authentication_failed", remedy: credentials },
  { start: "NOAUTH", reason: "authentication_failed", remedy: "give the check a password: the server asks for one" },
  { start: "ERR invalid password", reason: "authentication_failed", remedy: credentials },
  {
    start: "NOPERM",
    reason: "permission_denied",
    remedy: "let the user of this check use PING, INFO and, in a cluster, CLUSTER INFO",
  },
  { start: "LOADING", reason: "loading", remedy: "wait until the server has read its data" },
  { start: "MASTERDOWN", reason: "replication_stopped", remedy: "see why the replica does not reach its primary" },
  { start: "BUSY", reason: "script_running", remedy: "see which script runs so long, and end it with SCRIPT KILL" },
  {
    start: "ERR max number of clients",
    reason: "too_many_connections",
    remedy: "find who holds so many connections (CLIENT LIST), or raise maxclients",
  },
  {
    start: "ERR This instance has cluster support disabled",
    reason: "not_a_cluster",
    remedy: "give the server as `url`, or name nodes of a cluster",
  },
  {
    start: "ERR unknown command 'SENTINEL'",
    reason: "not_a_sentinel",
    remedy: "name sentinels, which listen on ports of their own (26379)",
  },
  { start: "ERR DB index", reason: "database_not_found", remedy: "give the number of a database that the server has" },
];

/** What an error of the driver comes to. It is no cause of the new one, for it holds the command, `AUTH` included. */
export function redisError(error: unknown, where: string, afterMs: number): CheckError {
  if (error instanceof CheckError) return error;
  const { message } = error as Error;
  if (isFromServer(error)) {
    const { reason, remedy } = meanings.find(({ start }) => message.startsWith(start)) ?? { reason: "query_failed" };
    return new CheckError({
      reason,
      message: `${where}: ${oneLine(message, 300)}, after ${formatDuration(afterMs)}`,
      ...(remedy === undefined ? {} : { remedy }),
    });
  }
  // The driver's parser has no code of its own.
  if (message.startsWith("Unknown RESP type")) {
    return new CheckError({
      reason: "protocol_error",
      message: `${where}: what came back is not Redis's protocol after ${formatDuration(afterMs)}`,
      remedy: "see what listens at this address, and whether it is the right port",
    });
  }
  if (message === "Connection is closed.") {
    return networkError(Object.assign(new Error(message), { code: "ECONNRESET" }), where, afterMs);
  }
  return networkError(error, where, afterMs);
}

/** The driver's own class would have to be loaded to be asked for. */
export const isFromServer = (error: unknown): error is Error => error instanceof Error && error.name === "ReplyError";
