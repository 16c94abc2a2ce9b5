import { healthy, lost, present, type Reading, unsupported } from "../../core/result.js";
import { formatAgainst, formatDuration } from "../../core/units.js";
import type { Result } from "../result.js";
import { connectionProblem, type DatabaseWrite, writeProblem } from "./database-verdict.js";
import type { MysqlStatus } from "./mysql-status.js";
import { type Problem, worstOf } from "./problem.js";
import type { ShareLimits } from "./share-limits.js";

export interface MysqlExpectations {
  readonly role?: "primary" | "replica" | undefined;
  readonly writable: boolean;
  readonly connections: ShareLimits;
  readonly maxReplicationLag?: number | undefined;
}

/** What one run found. */
export interface MysqlFindings {
  readonly status: MysqlStatus;
  readonly queryMs: number;
  /** Undefined where none was tried. */
  readonly write?: DatabaseWrite | undefined;
}

export function judgeMysql(where: string, found: MysqlFindings, expected: MysqlExpectations): Result {
  const { status, queryMs, write } = found;
  const connections = {
    used: status.usedConnections,
    usable: status.maxConnections,
    remedy: "find who holds so many (SHOW PROCESSLIST), or raise max_connections",
  };
  const problem = worstOf([
    hungProblem(where, status),
    roleProblem(where, status, expected.role),
    expected.writable && status.isReadOnly ? readOnlyProblem(where) : undefined,
    writeProblem(write),
    connectionProblem(where, connections, expected.connections),
    replicationProblem(where, status, expected.maxReplicationLag),
  ]);
  const role = roleOf(status);
  const readings = {
    connections: present(status.usedConnections),
    maxConnections: present(status.maxConnections),
    replicationLagSeconds: lagReading(status),
    querySeconds: present(queryMs / 1000),
    ...(write === undefined ? {} : { writeSeconds: write.ok ? present(write.tookMs / 1000) : lost }),
  };
  const metadata = { version: status.version, readOnly: status.isReadOnly, ...(role === undefined ? {} : { role }) };
  const wrote = write?.ok ? `, wrote in ${formatDuration(write.tookMs)}` : "";
  const used = `${status.usedConnections} of ${status.maxConnections} connections used`;
  const message = `${where}: the ${role ?? "server"} answered in ${formatDuration(queryMs)}${wrote}, ${used}`;
  return { ...(problem ?? healthy(message)), readings, metadata };
}

/** Undefined where this user may not see it. */
function roleOf({ replication }: MysqlStatus): "primary" | "replica" | undefined {
  if (replication === "hidden") return undefined;
  return replication === "none" ? "primary" : "replica";
}

function lagReading({ replication }: MysqlStatus): Reading<number> {
  if (typeof replication === "string") return unsupported;
  return replication.lagSeconds === undefined ? lost : present(replication.lagSeconds);
}

const grantRemedy = "grant the user REPLICATION CLIENT, in MariaDB REPLICA MONITOR";

function hungProblem(where: string, { hungStatement }: MysqlStatus): Problem | undefined {
  if (hungStatement === undefined) return undefined;
  const state = hungStatement === "" ? "" : ` (${hungStatement})`;
  return {
    status: "unhealthy",
    reason: "session_hung",
    message: `${where}: the server still works at what an earlier run of this check asked for${state}`,
    remedy: "see what it waits for (SHOW PROCESSLIST) and how its disk is; nothing is written until it ends",
  };
}

function roleProblem(where: string, status: MysqlStatus, expected: MysqlExpectations["role"]): Problem | undefined {
  const role = roleOf(status);
  if (expected === undefined || role === expected) return undefined;
  if (role === undefined) {
    const message = `${where}: this user may not see whether the server is a ${expected}`;
    return { status: "unhealthy", reason: "permission_denied", message, remedy: grantRemedy };
  }
  return {
    status: "unhealthy",
    reason: "wrong_role",
    message: `${where} is a ${role}, expected a ${expected}`,
    remedy: "see whether there was a failover, and where the name of the database leads now",
  };
}

const readOnlyProblem = (where: string): Problem => ({
  status: "unhealthy",
  reason: "read_only",
  message: `${where}: the server takes no writes (read_only)`,
  remedy: "connect to the primary, or see who set read_only, and why",
});

function replicationProblem(where: string, status: MysqlStatus, maxLagMs: number | undefined): Problem | undefined {
  const { replication } = status;
  if (replication === "none") return undefined;
  const remedy = "see why replication does not keep up (SHOW REPLICA STATUS)";
  if (replication === "hidden") {
    if (maxLagMs === undefined) return undefined;
    const message = `${where}: this user may not see the replication lag`;
    return { status: "degraded", reason: "replication_lag_unknown", message, remedy: grantRemedy };
  }
  if (!replication.isRunning) {
    const message = `${where}: replication has stopped, so what the replica has grows old`;
    return { status: "degraded", reason: "replication_stopped", message, remedy };
  }
  const { lagSeconds } = replication;
  if (maxLagMs === undefined || lagSeconds === undefined || lagSeconds * 1000 <= maxLagMs) return undefined;
  const [found, allowed] = formatAgainst(lagSeconds * 1000, maxLagMs, formatDuration);
  const message = `${where}: the replica lags behind by ${found}, ${allowed} allowed`;
  return { status: "degraded", reason: "replication_lag", message, remedy };
}
