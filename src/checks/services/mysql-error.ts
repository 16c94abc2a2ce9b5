import { oneLine } from "../../core/one-line.js";
import { formatDuration } from "../../core/units.js";
import { networkError } from "../common/network-error.js";
import type { Reason } from "../reasons.js";
import { CheckError } from "../result.js";

interface Meaning {
  readonly reason: Reason;
  readonly remedy: string;
}

const credentials: Meaning = {
  reason: "authentication_failed",
  remedy: "see whether user and password are those of the server, and from which hosts the user may connect",
};
const readOnly: Meaning = {
  reason: "read_only",
  remedy: "connect to the primary, or see why the server takes no writes (read_only)",
};
const tooMany: Meaning = {
  reason: "too_many_connections",
  remedy: "find who holds so many connections (SHOW PROCESSLIST), or raise max_connections",
};
const denied: Meaning = {
  reason: "permission_denied",
  remedy: "grant the user of this check what the message names",
};
const late: Meaning = {
  reason: "statement_timeout",
  remedy: "see what the server waits for: SHOW PROCESSLIST, locks, its disk",
};
const full: Meaning = { reason: "disk_full", remedy: "free space on the server's disk" };

/** By the names that the driver gives the server's numbers. */
const meanings: Readonly<Record<string, Meaning>> = {
  ER_ACCESS_DENIED_ERROR: credentials,
  ER_HOST_NOT_PRIVILEGED: credentials,
  ER_HOST_IS_BLOCKED: {
    reason: "authentication_failed",
    remedy: "find who breaks connections off, then FLUSH HOSTS on the server",
  },
  ER_DBACCESS_DENIED_ERROR: denied,
  ER_TABLEACCESS_DENIED_ERROR: denied,
  ER_SPECIFIC_ACCESS_DENIED_ERROR: denied,
  ER_BAD_DB_ERROR: { reason: "database_not_found", remedy: "create the database, or correct its name in the URL" },
  ER_NO_SUCH_TABLE: {
    reason: "table_not_found",
    remedy: "create it: CREATE TABLE … (name VARCHAR(64) PRIMARY KEY, written_at DATETIME(6) NOT NULL)",
  },
  ER_CON_COUNT_ERROR: tooMany,
  ER_TOO_MANY_USER_CONNECTIONS: tooMany,
  ER_USER_LIMIT_REACHED: tooMany,
  ER_OPTION_PREVENTS_STATEMENT: readOnly,
  ER_READ_ONLY_MODE: readOnly,
  ER_LOCK_WAIT_TIMEOUT: late,
  ER_QUERY_TIMEOUT: late,
  ER_STATEMENT_TIMEOUT: late,
  ER_DISK_FULL: full,
  ER_RECORD_FILE_FULL: full,
  ER_SERVER_SHUTDOWN: { reason: "server_stopping", remedy: "wait until the server is back; its log says what it does" },
  HANDSHAKE_NO_SSL_SUPPORT: { reason: "tls_failed", remedy: "set up TLS on the server, or leave `tls` out" },
};

/** MariaDB's «max_statement_time exceeded», a number that the driver knows by MySQL's name for something else. */
const mariadbStatementTimeout = 1969;

/** By how Node's sentence begins, for the driver puts a code of its own over that of Node. */
const tlsCodes: readonly (readonly [start: string, code: string])[] = [
  ["Hostname/IP does not match", "ERR_TLS_CERT_ALTNAME_INVALID"],
  ["certificate has expired", "CERT_HAS_EXPIRED"],
  ["certificate is not yet valid", "CERT_NOT_YET_VALID"],
  ["self-signed certificate in certificate chain", "SELF_SIGNED_CERT_IN_CHAIN"],
  ["self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT"],
  ["unable to verify the first certificate", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ["unable to get local issuer certificate", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
];

const tlsCode = (message: string): string => tlsCodes.find(([start]) => message.startsWith(start))?.[1] ?? "EPROTO";

/** What an error of the driver comes to. */
export function mysqlError(error: unknown, where: string, afterMs: number): CheckError {
  if (error instanceof CheckError) return error;
  const { code = "", errno, message } = error as Error & { readonly code?: string; readonly errno?: number };
  if (code === "PROTOCOL_CONNECTION_LOST" || message.includes("in closed state")) {
    return networkError(Object.assign(new Error(message), { code: "ECONNRESET" }), where, afterMs);
  }
  if (code === "HANDSHAKE_SSL_ERROR") {
    return networkError(Object.assign(new Error(message), { code: tlsCode(message) }), where, afterMs);
  }
  const known = errno === mariadbStatementTimeout ? late : Object.hasOwn(meanings, code) ? meanings[code] : undefined;
  if (known === undefined && !code.startsWith("ER_")) return networkError(error, where, afterMs);
  const { reason, remedy } = known ?? { reason: "query_failed" };
  return new CheckError({
    reason,
    message: `${where}: ${oneLine(message, 300)} (${code}) after ${formatDuration(afterMs)}`,
    ...(remedy === undefined ? {} : { remedy }),
  });
}
