import { z } from "zod";
import { CheckError } from "../result.js";
import type { PostgresConnection } from "./postgres-connection.js";

const statusRow = z.object({
  version: z.string(),
  database: z.string(),
  isStandby: z.boolean(),
  isReadOnly: z.boolean(),
  usedConnections: z.number(),
  usableConnections: z.number(),
  replicationLagSeconds: z.number().nullable(),
  extensionVersion: z.string().nullable(),
  hungBackend: z.number().nullable(),
  hungWaitsFor: z.string().nullable(),
});

/** What a PostgreSQL server says of itself to any user. */
export type PostgresStatus = z.output<typeof statusRow>;

/**
 * Needs no privileges. Other users' sessions hide their kind from those who lack `pg_monitor`, so all that are of a user
 * and a database count as connections then.
 *
 * On a standby the lag is the age of the last transaction that was replayed, and 0 where all is replayed that streamed
 * in: an idle primary makes no lag. On a primary it is that of the worst standby, which only `pg_monitor` may see.
 *
 * A session with the name of this check that is at work while this one asks is left from a run before it, whose
 * statement neither its time limit nor the end of its connection has stopped.
 */
const statusOf = (extension: string): string => `
SELECT
  current_setting('server_version') AS "version",
  current_database() AS "database",
  pg_is_in_recovery() AS "isStandby",
  current_setting('transaction_read_only') = 'on' AS "isReadOnly",
  (SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL AND usesysid IS NOT NULL
    AND coalesce(backend_type, 'client backend') = 'client backend')::float8 AS "usedConnections",
  (current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true)::int, 0))::float8 AS "usableConnections",
  (CASE
    WHEN NOT pg_is_in_recovery() THEN
      (SELECT max(extract(epoch FROM coalesce(replay_lag, interval '0'))) FROM pg_stat_replication
        WHERE state = 'streaming')
    WHEN EXISTS (SELECT FROM pg_stat_wal_receiver WHERE pid IS NOT NULL)
      AND pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
    ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp())
  END)::float8 AS "replicationLagSeconds",
  (SELECT extversion FROM pg_extension WHERE extname = ${extension}) AS "extensionVersion",
  hung.pid AS "hungBackend",
  hung.wait_event AS "hungWaitsFor"
FROM (SELECT 1) AS one LEFT JOIN LATERAL (
  SELECT pid, wait_event FROM pg_stat_activity
  WHERE application_name = current_setting('application_name') AND state = 'active' AND pid <> pg_backend_pid()
  ORDER BY query_start LIMIT 1
) AS hung ON true`;

/** @throws of the driver; CheckError `invalid_answer` where what answers is like PostgreSQL, and is not. */
export async function readPostgresStatus(
  connection: PostgresConnection,
  extension: string | undefined,
  timeoutMs: number,
): Promise<PostgresStatus> {
  const [row] = await connection.query(statusOf(connection.literal(extension ?? "")), timeoutMs);
  const parsed = statusRow.safeParse(row);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path }) => path.join(".")).join(", ");
  throw new CheckError({
    reason: "invalid_answer",
    message: `the answer is not what PostgreSQL gives (${wrong})`,
    remedy: "see what listens at this address; PostgreSQL 10 and later are known",
    cause: parsed.error,
  });
}

/**
 * A write that ends in a commit, which waits for the log to be on disk and for synchronous standbys. Without a table it
 * is a message in the write-ahead log, which stays nowhere else; a transaction that is rolled back would wait for nothing.
 */
export async function writeToPostgres(
  connection: PostgresConnection,
  table: string | undefined,
  timeoutMs: number,
): Promise<void> {
  const statement =
    table === undefined
      ? "SELECT pg_logical_emit_message(true, 'gpu-health', '')"
      : `INSERT INTO ${table
          .split(".")
          .map((part) => connection.identifier(part))
          .join(".")} (name, written_at)
         VALUES ('gpu-health', now()) ON CONFLICT (name) DO UPDATE SET written_at = excluded.written_at`;
  await connection.query(statement, timeoutMs);
}
