import { Socket } from "node:net";
import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import type { Client, DatabaseError } from "pg";
import { oneLine } from "../../core/one-line.js";
import { formatDuration } from "../../core/units.js";
import type { Connection } from "../common/kept-connection.js";
import { deadlineError, networkError } from "../common/network-error.js";
import { untilAborted } from "../common/until-aborted.js";
import { type Driver, loadDriver } from "../driver.js";
import type { Reason } from "../reasons.js";
import { CheckError } from "../result.js";

export const postgresDriver: Driver = { package: "pg", version: "^8.23.1" };

export interface PostgresTarget {
  /** A host name, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly tls: ConnectionOptions | undefined;
  /** What the server lists this connection as. */
  readonly applicationName: string;
  /** For messages. */
  readonly where: string;
}

/** A session on a PostgreSQL server. */
export class PostgresConnection implements Connection {
  isOpen = true;

  constructor(
    private readonly client: Client,
    private readonly socket: Socket,
  ) {
    client.on("end", () => {
      this.isOpen = false;
    });
  }

  close(): void {
    this.isOpen = false;
    this.socket.destroy();
  }

  /** A text as SQL writes it, in quotes. */
  literal(text: string): string {
    return this.client.escapeLiteral(text);
  }

  identifier(name: string): string {
    return this.client.escapeIdentifier(name);
  }

  /**
   * The rows of one statement. It goes out with its time limit in one message, which the server runs as one transaction:
   * none is ever left open, the limit ends with it, and a pooler in between cannot part the two.
   */
  async query(statement: string, timeoutMs: number): Promise<readonly unknown[]> {
    const limit = `SET LOCAL statement_timeout = ${Math.max(1, Math.floor(timeoutMs))}`;
    // For several statements the driver gives a list, which its types do not say.
    const results = (await this.client.query(`${limit}; ${statement}`)) as unknown as readonly { rows: unknown[] }[];
    return results.at(-1)?.rows ?? [];
  }
}

/** @throws CheckError of the driver, the network or the server; at the deadline `timeout`. */
export async function openPostgres(
  target: PostgresTarget,
  signal: AbortSignal,
  elapsedMs: () => number,
): Promise<PostgresConnection> {
  const { where, host, port, user, password, database, tls, applicationName } = target;
  const { Client } = await loadDriver<typeof import("pg")>(postgresDriver);
  // A socket of our own, so that the deadline can close it at any stage.
  const socket = new Socket();
  const client = new Client({
    host,
    port,
    user,
    database,
    // As a function: for no password the driver would look into the environment and into a file.
    password: () => password,
    ssl: tls === undefined ? false : withServerName(tls, host),
    application_name: applicationName,
    stream: () => socket,
  });
  const connection = new PostgresConnection(client, socket);
  // An error without a listener ends the process. What it breaks is seen by the query, or by `isOpen`.
  client.on("error", () => connection.close());
  let phase = "no connection";
  socket.once("connect", () => {
    phase = "connected, but no answer";
  });
  try {
    await untilAborted(client.connect(), signal, () => deadlineError(where, phase, elapsedMs()));
    return connection;
  } catch (error) {
    connection.close();
    throw postgresError(error, where, elapsedMs());
  }
}

/** The driver takes the name to verify from the host that it connects to, whatever the options say. */
const withServerName = (tls: ConnectionOptions, host: string): ConnectionOptions => {
  const { servername = host } = tls;
  return { ...tls, checkServerIdentity: (_host, certificate) => checkServerIdentity(servername, certificate) };
};

interface Meaning {
  readonly reason: Reason;
  readonly remedy?: string;
}

/** By SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const meanings: Readonly<Record<string, Meaning>> = {
  "28P01": { reason: "authentication_failed", remedy: "see whether user and password are those of the server" },
  "28000": { reason: "authentication_failed", remedy: "see which users and addresses pg_hba.conf lets in, and how" },
  "3D000": { reason: "database_not_found", remedy: "create the database, or correct its name in the URL" },
  "53300": {
    reason: "too_many_connections",
    remedy: "find who holds so many connections (pg_stat_activity), use a pooler, or raise max_connections",
  },
  "57P03": { reason: "server_starting", remedy: "wait until the server has started; its log says what it does" },
  "57P01": { reason: "server_stopping" },
  "57P02": { reason: "server_stopping" },
  "25006": { reason: "read_only", remedy: "connect to the primary, or see why the database takes no writes" },
  "53100": { reason: "disk_full", remedy: "free space on the server's disk" },
  "42501": { reason: "permission_denied", remedy: "grant the user of this check what the message names" },
  "42P01": {
    reason: "table_not_found",
    remedy: "create it: CREATE TABLE … (name text PRIMARY KEY, written_at timestamptz NOT NULL)",
  },
  "57014": { reason: "statement_timeout", remedy: "see what the server waits for: pg_stat_activity, locks, its disk" },
};

/** What an error of the driver comes to. */
export function postgresError(error: unknown, where: string, afterMs: number): CheckError {
  if (error instanceof CheckError) return error;
  const { message } = error as Error;
  if (isFromServer(error)) {
    const { code = "" } = error;
    const { reason, remedy }: Meaning = (Object.hasOwn(meanings, code) && meanings[code]) || { reason: "query_failed" };
    return failure(
      reason,
      `${where}: ${oneLine(message, 300)} (${code}) after ${formatDuration(afterMs)}`,
      error,
      remedy,
    );
  }
  if (message.startsWith("SASL")) {
    const said = `${where}: no agreement on the password (${oneLine(message, 200)}) after ${formatDuration(afterMs)}`;
    return failure("authentication_failed", said, error, meanings["28P01"]?.remedy);
  }
  if (message.includes("SSL connection")) {
    const said = `${where}: the server does not speak TLS, after ${formatDuration(afterMs)}`;
    return failure("tls_failed", said, error, "set `ssl = on` on the server, or leave `tls` out");
  }
  if (message.startsWith("Connection terminated")) {
    return networkError(Object.assign(new Error(message), { code: "ECONNRESET" }), where, afterMs);
  }
  return networkError(error, where, afterMs);
}

const failure = (reason: Reason, message: string, cause: unknown, remedy: string | undefined): CheckError =>
  new CheckError({ reason, message, cause, ...(remedy === undefined ? {} : { remedy }) });

/** The driver's own class would have to be loaded to be asked for. */
const isFromServer = (error: unknown): error is DatabaseError =>
  error instanceof Error && "severity" in error && typeof (error as DatabaseError).code === "string";
