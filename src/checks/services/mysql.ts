import { isIP } from "node:net";
import { z } from "zod";
import { formatAddress } from "../../core/address.js";
import { type CheckContext, defineCheck } from "../check-type.js";
import { KeptConnection } from "../common/kept-connection.js";
import { deadlineError } from "../common/network-error.js";
import { resolveSecret, secret } from "../common/secret.js";
import {
  parseServiceUrl,
  refuseSecondCredentials,
  type ServiceUrl,
  serviceUrl,
  type UrlForm,
} from "../common/service-url.js";
import { readTls, tlsOptions } from "../common/tls-options.js";
import { untilAborted } from "../common/until-aborted.js";
import { duration, mapping } from "../options.js";
import type { Check, Result } from "../result.js";
import type { DatabaseWrite } from "./database-verdict.js";
import { type MysqlConnection, mysqlDriver, openMysql } from "./mysql-connection.js";
import { mysqlError } from "./mysql-error.js";
import { limitStatements, readMysqlStatus, writeToMysql } from "./mysql-status.js";
import { judgeMysql } from "./mysql-verdict.js";
import { shareLimits } from "./share-limits.js";

const urlForm: UrlForm = {
  defaultPorts: { mysql: 3306, mariadb: 3306 },
  example: "mysql://user@db.example:3306/name",
};

const options = () =>
  mapping({
    url: serviceUrl(urlForm).describe(
      "`mysql://USER:PASSWORD@HOST:PORT/DATABASE`, also `mariadb://`; `%2Frun%2Fmysqld.sock` as the host is a Unix socket.",
    ),
    username: z.string().min(1).optional().describe("The user, instead of one in the URL."),
    password: secret().optional().describe("The password, instead of one in the URL."),
    tls: tlsOptions()
      .optional()
      .describe("Speak TLS; `{}` for the defaults. Left out: no TLS. A host that is an IP address needs `serverName`."),
    role: z
      .enum(["primary", "replica"])
      .optional()
      .describe("What the server must be. The user needs `REPLICATION CLIENT`, in MariaDB `REPLICA MONITOR`."),
    writable: z
      .boolean()
      .default(false)
      .describe("The server must take writes: `read_only` is off. `table` proves it."),
    table: z
      .string()
      .regex(/^[^\p{Cc}.`]{1,64}(\.[^\p{Cc}.`]{1,64})?$/u, { error: "expected the name of a table, or SCHEMA.TABLE" })
      .optional()
      .describe(
        "Where `writable` replaces one row in each run: a table with the columns `name` (VARCHAR, the primary key) and `written_at` (DATETIME).",
      ),
    connections: shareLimits("of `max_connections`").prefault({}).describe("Limits on the connections in use."),
    maxReplicationLag: duration()
      .optional()
      .describe("Degraded above this lag of a replica. The user needs the same right as for `role`."),
  }).superRefine(({ url, username, password, table, tls, writable }, context) => {
    const problem = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { user, password: inUrl, address } = parseServiceUrl(url, urlForm);
    if ((user ?? username) === undefined) {
      problem("url", `the URL names no user: expected one as in ${urlForm.example}, or \`username\``);
    }
    refuseSecondCredentials(context, { username, password }, { user, password: inUrl });
    if (table !== undefined && !writable) problem("table", "has no effect without `writable: true`");
    const isNamed = address.kind === "tcp" && isIP(address.host) === 0;
    if (tls?.verify === true && tls.serverName === undefined && !isNamed) {
      problem("tls", "give `serverName`: the driver cannot verify the certificate of an IP address");
    }
  });

type Options = z.output<ReturnType<typeof options>>;

export const mysql = defineCheck<Options>({
  type: "mysql",
  summary:
    "A MySQL or MariaDB database answers a query over a kept connection, with connections left; as you say, it takes writes, has a role, and little replication lag.",
  reasons: [
    "connections",
    "tls",
    "databases",
    "authentication_failed",
    "driver_missing",
    "invalid_answer",
    "replication_stopped",
    "secret_unreadable",
  ],
  options,
  driver: mysqlDriver,
  readings: {
    connections: { metric: "mysql_connections", unit: "count", help: "Connections of clients, `Threads_connected`." },
    maxConnections: {
      metric: "mysql_connections_limit",
      unit: "count",
      help: "Connections allowed, `max_connections`.",
    },
    replicationLagSeconds: { metric: "mysql_replication_lag", unit: "seconds", help: "How far a replica is behind." },
    querySeconds: { metric: "mysql_query", unit: "seconds", help: "Time of the queries, without connecting." },
    writeSeconds: { metric: "mysql_write", unit: "seconds", help: "Time of the write, its commit included." },
  },
  create: (given, context) => new MysqlCheck(given, context),
});

/** Of the deadline, for the server to end a statement itself and say so before the connection is cut off. */
const statementShare = 0.8;

class MysqlCheck implements Check {
  private readonly url: ServiceUrl;
  private readonly where: string;
  private readonly connection: KeptConnection<MysqlConnection>;
  private startedAtMs = 0;
  /** The session of a run that passed its deadline, until the server is done with it. */
  private abandoned: number | undefined;

  constructor(
    private readonly given: Options,
    private readonly context: CheckContext,
  ) {
    this.url = parseServiceUrl(given.url, urlForm);
    this.where = formatAddress(this.url.address);
    this.connection = new KeptConnection((signal) => this.open(signal));
  }

  async run(signal: AbortSignal): Promise<Result> {
    this.startedAtMs = this.context.clock.nowMs();
    let inUse: MysqlConnection | undefined;
    const timedOut = () => {
      // The first that hangs is the one to wait for: while it does, the later ones only ask.
      this.abandoned ??= inUse?.threadId;
      return deadlineError(this.where, "connected, but no answer", this.elapsedMs());
    };
    return await this.connection.use(signal, timedOut, (connection) => {
      inUse = connection;
      return this.look(connection);
    });
  }

  stop(): void {
    this.connection.stop();
  }

  private async look(connection: MysqlConnection): Promise<Result> {
    const askedAtMs = this.elapsedMs();
    const status = await readMysqlStatus(connection, this.abandoned).catch((error) => {
      throw mysqlError(error, this.where, this.elapsedMs() - askedAtMs);
    });
    const queryMs = this.elapsedMs() - askedAtMs;
    const isHung = status.hungStatement !== undefined;
    if (!isHung) this.abandoned = undefined;
    const { writable, table } = this.given;
    // While a write hangs, another would hang beside it, and so on until no connection is left.
    const tryWrite = writable && !status.isReadOnly && !isHung;
    const write = tryWrite && table !== undefined ? await this.write(connection, table) : undefined;
    return judgeMysql(this.where, { status, queryMs, write }, this.given);
  }

  private async write(connection: MysqlConnection, table: string): Promise<DatabaseWrite> {
    const startedAtMs = this.elapsedMs();
    const tookMs = () => this.elapsedMs() - startedAtMs;
    try {
      await writeToMysql(connection, table);
      return { ok: true, tookMs: tookMs() };
    } catch (error) {
      if (!connection.isOpen) throw error;
      return { ok: false, error: mysqlError(error, this.where, tookMs()) };
    }
  }

  private async open(signal: AbortSignal): Promise<MysqlConnection> {
    const { address, path, password: inUrl } = this.url;
    const user = this.url.user ?? this.given.username ?? "";
    const { password, tls } = this.given;
    const target = {
      address,
      user,
      password: password === undefined ? (inUrl ?? "") : await resolveSecret(password, signal),
      database: path,
      tls: tls === undefined ? undefined : await readTls(tls, signal),
    };
    const connection = await openMysql(target, signal, () => this.elapsedMs());
    const timedOut = () => deadlineError(this.where, "connected, but no answer", this.elapsedMs());
    try {
      await untilAborted(limitStatements(connection, statementShare * this.context.timeoutMs), signal, timedOut);
      return connection;
    } catch (error) {
      connection.close();
      throw mysqlError(error, this.where, this.elapsedMs());
    }
  }

  private elapsedMs(): number {
    return this.context.clock.nowMs() - this.startedAtMs;
  }
}
