import { connect, type Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { Connection as Session } from "mysql2";
import { type Address, formatAddress } from "../../core/address.js";
import type { Connection } from "../common/kept-connection.js";
import { deadlineError } from "../common/network-error.js";
import { untilAborted } from "../common/until-aborted.js";
import { type Driver, loadDriver } from "../driver.js";
import { mysqlError } from "./mysql-error.js";

export const mysqlDriver: Driver = { package: "mysql2", version: "^3.24.6" };

export interface MysqlTarget {
  readonly address: Address;
  readonly user: string;
  readonly password: string;
  readonly database: string | undefined;
  readonly tls: ConnectionOptions | undefined;
}

type Row = Readonly<Record<string, unknown>>;

/** A session on a MySQL or MariaDB server. */
export class MysqlConnection implements Connection {
  isOpen = true;

  constructor(
    private readonly session: Session,
    private readonly socket: Socket,
  ) {
    socket.once("close", () => {
      this.isOpen = false;
    });
  }

  /** The server's number for it, which it gives to no other. */
  get threadId(): number {
    return this.session.threadId;
  }

  close(): void {
    this.isOpen = false;
    this.socket.destroy();
  }

  /** The rows of one statement. */
  query(sql: string, values: readonly (string | number)[] = []): Promise<readonly Row[]> {
    return new Promise((resolve, reject) => {
      this.session.query(sql, [...values], (error, rows) => {
        if (error) reject(error);
        else resolve(Array.isArray(rows) ? (rows as Row[]) : []);
      });
    });
  }
}

/** @throws CheckError of the driver, the network or the server; at the deadline `timeout`. */
export async function openMysql(
  target: MysqlTarget,
  signal: AbortSignal,
  elapsedMs: () => number,
): Promise<MysqlConnection> {
  const { address, user, password, database, tls } = target;
  const where = formatAddress(address);
  const { createConnection } = await loadDriver<typeof import("mysql2")>(mysqlDriver);
  // A socket of our own, so that the deadline can close it at any stage.
  const socket = connect(address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port });
  const host = address.kind === "unix" ? "localhost" : address.host;
  const session = createConnection({
    // The driver takes the name to verify from here, whatever the TLS options say.
    host: tls?.servername ?? host,
    user,
    password,
    ...(database === undefined ? {} : { database }),
    ...(tls === undefined ? {} : { ssl: driverTls(tls) }),
    stream: socket,
    // The deadline of the check is the one that counts.
    connectTimeout: 0,
    trace: false,
  });
  const connection = new MysqlConnection(session, socket);
  // An error without a listener ends the process. What it breaks is seen by the query, or by `isOpen`.
  session.on("error", () => connection.close());
  let phase = "no connection";
  socket.once("connect", () => {
    phase = "connected, but no answer";
  });
  const connected = new Promise<void>((resolve, reject) => {
    session.connect((error) => (error ? reject(error) : resolve()));
  });
  try {
    await untilAborted(connected, signal, () => deadlineError(where, phase, elapsedMs()));
    return connection;
  } catch (error) {
    connection.close();
    throw mysqlError(error, where, elapsedMs());
  }
}

const driverTls = ({ ca, cert, key, rejectUnauthorized = true }: ConnectionOptions) => ({
  ...(ca === undefined ? {} : { ca: String(ca) }),
  ...(cert === undefined ? {} : { cert: String(cert) }),
  ...(key === undefined ? {} : { key: String(key) }),
  rejectUnauthorized,
  verifyIdentity: rejectUnauthorized,
});
