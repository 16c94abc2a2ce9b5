import { z } from "zod";
import { CheckError } from "../result.js";
import type { MysqlConnection } from "./mysql-connection.js";

/** What a replica says of its replication. */
export interface MysqlReplication {
  /** Both threads of it are at work. */
  readonly isRunning: boolean;
  /** Undefined where the server does not know. */
  readonly lagSeconds: number | undefined;
}

export interface MysqlStatus {
  readonly version: string;
  readonly isReadOnly: boolean;
  readonly usedConnections: number;
  readonly maxConnections: number;
  /** `none`: it is no replica; `hidden`: this user may not ask. */
  readonly replication: MysqlReplication | "none" | "hidden";
  /** What a session of an earlier run still does. */
  readonly hungStatement: string | undefined;
}

const count = z.coerce.number().int().min(0);
const serverRow = z.object({ version: z.string(), readOnly: count, maxConnections: count });
const threadsRow = z.object({ Value: count });

/**
 * Needs no privileges but for replication: `REPLICATION CLIENT`, in MariaDB `REPLICA MONITOR`.
 *
 * @param abandoned The session that the last run gave up, if any.
 * @throws of the driver; CheckError `invalid_answer` where what answers is like MySQL, and is not.
 */
export async function readMysqlStatus(
  connection: MysqlConnection,
  abandoned: number | undefined,
): Promise<MysqlStatus> {
  const [server] = await connection.query(
    "SELECT VERSION() AS version, @@global.read_only AS readOnly, @@global.max_connections AS maxConnections",
  );
  const [threads] = await connection.query("SHOW GLOBAL STATUS LIKE 'Threads_connected'");
  const { version, readOnly, maxConnections } = parse(serverRow, server);
  return {
    version,
    isReadOnly: readOnly !== 0,
    maxConnections,
    usedConnections: parse(threadsRow, threads).Value,
    replication: await readReplication(connection, isMariadb(version)),
    hungStatement: abandoned === undefined ? undefined : await readHung(connection, abandoned),
  };
}

/** MariaDB says so in its version: `10.11.6-MariaDB`. */
export const isMariadb = (version: string): boolean => version.includes("MariaDB");

/**
 * Replaces one row, and commits. Without a table nothing is written.
 *
 * @throws of the driver.
 */
export async function writeToMysql(connection: MysqlConnection, table: string): Promise<void> {
  const name = table
    .split(".")
    .map((part) => `\`${part}\``)
    .join(".");
  await connection.query(`REPLACE INTO ${name} (name, written_at) VALUES ('gpu-health', UTC_TIMESTAMP(6))`);
}

/**
 * Lets the server end what takes longer: reading by its time, writing by the wait for locks, which counts in seconds
 * only.
 */
export async function limitStatements(connection: MysqlConnection, timeoutMs: number): Promise<void> {
  const seconds = Math.max(1, Math.floor(timeoutMs / 1000));
  const [row] = await connection.query("SELECT VERSION() AS version");
  const limit = isMariadb(String(row?.version))
    ? `max_statement_time = ${Math.max(1, timeoutMs) / 1000}`
    : `max_execution_time = ${Math.max(1, Math.floor(timeoutMs))}`;
  await connection.query(
    `SET SESSION ${limit}, innodb_lock_wait_timeout = ${seconds}, lock_wait_timeout = ${seconds}, autocommit = 1`,
  );
}

/** MySQL names it anew in 8.0.22, and knows the old name no more in 8.4; MariaDB knows the old one. */
const replicaRow = z.union([
  z
    .object({ Slave_IO_Running: z.string(), Slave_SQL_Running: z.string(), Seconds_Behind_Master: count.nullable() })
    .transform((row) => ({ io: row.Slave_IO_Running, sql: row.Slave_SQL_Running, lag: row.Seconds_Behind_Master })),
  z
    .object({
      Replica_IO_Running: z.string(),
      Replica_SQL_Running: z.string(),
      Seconds_Behind_Source: count.nullable(),
    })
    .transform((row) => ({ io: row.Replica_IO_Running, sql: row.Replica_SQL_Running, lag: row.Seconds_Behind_Source })),
]);

async function readReplication(connection: MysqlConnection, mariadb: boolean): Promise<MysqlStatus["replication"]> {
  try {
    const [row] = await connection.query(mariadb ? "SHOW SLAVE STATUS" : "SHOW REPLICA STATUS");
    if (row === undefined) return "none";
    const { io, sql, lag } = parse(replicaRow, row);
    return { isRunning: io === "Yes" && sql === "Yes", lagSeconds: lag ?? undefined };
  } catch (error) {
    const { code } = error as { readonly code?: string };
    if (code === "ER_SPECIFIC_ACCESS_DENIED_ERROR" || code === "ER_ACCESS_DENIED_ERROR") return "hidden";
    throw error;
  }
}

async function readHung(connection: MysqlConnection, threadId: number): Promise<string | undefined> {
  const [row] = await connection.query(
    "SELECT STATE AS state FROM information_schema.PROCESSLIST WHERE ID = ? AND COMMAND <> 'Sleep' AND COMMAND <> 'Killed'",
    [threadId],
  );
  return row === undefined ? undefined : String(row.state ?? "");
}

function parse<T>(schema: z.ZodType<T>, row: unknown): T {
  const parsed = schema.safeParse(row);
  if (parsed.success) return parsed.data;
  throw new CheckError({
    reason: "invalid_answer",
    message: "the answer is not what MySQL or MariaDB gives",
    remedy: "see what listens at this address",
    cause: parsed.error,
  });
}
