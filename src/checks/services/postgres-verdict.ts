import { healthy, lost, present, type Reading, unsupported } from "../../core/result.js";
import { formatAgainst, formatDuration } from "../../core/units.js";
import type { Result } from "../result.js";
import { connectionProblem, type DatabaseWrite, writeProblem } from "./database-verdict.js";
import type { PostgresStatus } from "./postgres-status.js";
import { type Problem, worstOf } from "./problem.js";
import type { ShareLimits } from "./share-limits.js";

export interface PostgresExpectations {
  readonly role?: "primary" | "standby" | undefined;
  readonly writable: boolean;
  readonly extension?: string | undefined;
  readonly connections: ShareLimits;
  readonly maxReplicationLag?: number | undefined;
}

/** What one run found. */
export interface PostgresFindings {
  readonly status: PostgresStatus;
  readonly queryMs: number;
  /** Undefined where none was tried. */
  readonly write?: DatabaseWrite | undefined;
}

export function judgePostgres(where: string, found: PostgresFindings, expected: PostgresExpectations): Result {
  const { status, queryMs, write } = found;
  const connections = {
    used: status.usedConnections,
    usable: status.usableConnections,
    remedy: "find who holds so many (pg_stat_activity), use a pooler, or raise max_connections",
  };
  const problem = worstOf([
    hungProblem(where, status),
    roleProblem(where, status, expected.role),
    extensionProblem(where, status, expected.extension),
    expected.writable ? readOnlyProblem(where, status) : undefined,
    writeProblem(write),
    connectionProblem(where, connections, expected.connections),
    lagProblem(where, status, expected.maxReplicationLag),
  ]);
  const readings = {
    connections: present(status.usedConnections),
    maxConnections: present(status.usableConnections),
    replicationLagSeconds: lagReading(status),
    querySeconds: present(queryMs / 1000),
    ...(write === undefined ? {} : { writeSeconds: write.ok ? present(write.tookMs / 1000) : lost }),
  };
  const wrote = write?.ok ? `, wrote in ${formatDuration(write.tookMs)}` : "";
  const used = `${status.usedConnections} of ${status.usableConnections} connections used`;
  const message = `${where}: the ${roleOf(status)} answered in ${formatDuration(queryMs)}${wrote}, ${used}`;
  return { ...(problem ?? healthy(message)), readings, metadata: metadataOf(status, expected.extension) };
}

const metadataOf = (status: PostgresStatus, extension: string | undefined): Readonly<Record<string, string>> => ({
  version: status.version,
  role: roleOf(status),
  database: status.database,
  ...(extension === undefined || status.extensionVersion === null
    ? {}
    : { extension, extensionVersion: status.extensionVersion }),
});

const roleOf = ({ isStandby }: PostgresStatus): "primary" | "standby" => (isStandby ? "standby" : "primary");

/** A standby has one as soon as it has replayed anything; a primary may have no standby, or hide it from this user. */
const lagReading = ({ replicationLagSeconds, isStandby }: PostgresStatus): Reading<number> => {
  // The clocks of the two servers may differ.
  if (replicationLagSeconds !== null) return present(Math.max(0, replicationLagSeconds));
  return isStandby ? lost : unsupported;
};

function hungProblem(where: string, { hungBackend, hungWaitsFor }: PostgresStatus): Problem | undefined {
  if (hungBackend === null) return undefined;
  const waits = hungWaitsFor === null ? "" : `, waiting for ${hungWaitsFor}`;
  return {
    status: "unhealthy",
    reason: "session_hung",
    message: `${where}: backend ${hungBackend} still works at what an earlier run of this check asked for${waits}`,
    remedy:
      hungWaitsFor === "SyncRep"
        ? "see why no synchronous standby confirms (pg_stat_replication, synchronous_standby_names)"
        : "see what the backend does (pg_stat_activity) and how the server's disk is; nothing is written until it ends",
  };
}

function roleProblem(
  where: string,
  status: PostgresStatus,
  expected: PostgresExpectations["role"],
): Problem | undefined {
  if (expected === undefined || expected === roleOf(status)) return undefined;
  return {
    status: "unhealthy",
    reason: "wrong_role",
    message: `${where} is a ${roleOf(status)}, expected a ${expected}`,
    remedy: "see whether there was a failover, and where the name of the database leads now",
  };
}

function extensionProblem(
  where: string,
  { database, extensionVersion }: PostgresStatus,
  extension: string | undefined,
): Problem | undefined {
  if (extension === undefined || extensionVersion !== null) return undefined;
  return {
    status: "unhealthy",
    reason: "extension_not_found",
    message: `${where}: the database ${database} does not have the extension ${extension}`,
    remedy: `as its owner: CREATE EXTENSION "${extension}"; its package must be on the server`,
  };
}

/** A server that takes no writes may still take the message that stands for one. */
function readOnlyProblem(where: string, status: PostgresStatus): Problem | undefined {
  if (!status.isReadOnly) return undefined;
  return {
    status: "unhealthy",
    reason: "read_only",
    message: status.isStandby
      ? `${where} is a standby, which takes no writes`
      : `${where}: the database ${status.database} takes no writes (default_transaction_read_only)`,
    remedy: status.isStandby
      ? "connect to the primary, or see why this one is none"
      : "see who set default_transaction_read_only, and why",
  };
}

function lagProblem(where: string, status: PostgresStatus, maxLagMs: number | undefined): Problem | undefined {
  if (maxLagMs === undefined) return undefined;
  const remedy = "see whether replication goes on (pg_stat_wal_receiver, pg_stat_replication) and what holds it up";
  const lag = lagReading(status);
  if (!lag.ok && lag.why === "unsupported") return undefined;
  if (!lag.ok) {
    const message = `${where}: the replication lag is not known, for the standby has replayed nothing yet`;
    return { status: "degraded", reason: "replication_lag_unknown", message, remedy };
  }
  const lagMs = lag.value * 1000;
  if (lagMs <= maxLagMs) return undefined;
  const [found, allowed] = formatAgainst(lagMs, maxLagMs, formatDuration);
  const whose = status.isStandby ? "the standby lags behind" : "a standby lags behind";
  const message = `${where}: ${whose} by ${found}, ${allowed} allowed`;
  return { status: "degraded", reason: "replication_lag", message, remedy };
}
