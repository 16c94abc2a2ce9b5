import { randomBytes } from "node:crypto";
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
import { duration, mapping } from "../options.js";
import type { Check, Result } from "../result.js";
import type { DatabaseWrite } from "./database-verdict.js";
import { openPostgres, type PostgresConnection, postgresDriver, postgresError } from "./postgres-connection.js";
import { readPostgresStatus, writeToPostgres } from "./postgres-status.js";
import { judgePostgres } from "./postgres-verdict.js";
import { shareLimits } from "./share-limits.js";

const urlForm: UrlForm = {
  defaultPorts: { postgres: 5432, postgresql: 5432 },
  example: "postgres://user@db.example:5432/name",
};

const name = (what: string) =>
  z.string().regex(/^[^\p{Cc}."]{1,63}$/u, { error: `expected the name of ${what}, of 63 characters at most` });

const options = () =>
  mapping({
    url: serviceUrl(urlForm).describe(
      "`postgres://USER:PASSWORD@HOST:PORT/DATABASE`. The database is the user's name where it is left out; `%2Frun%2Fpostgresql` as the host is the folder of a Unix socket.",
    ),
    username: z.string().min(1).optional().describe("The user, instead of one in the URL."),
    password: secret().optional().describe("The password, instead of one in the URL."),
    tls: tlsOptions().optional().describe("Speak TLS; `{}` for the defaults. Left out: no TLS."),
    role: z
      .enum(["primary", "standby"])
      .optional()
      .describe("What the server must be: one that takes writes, or one that replicates."),
    writable: z
      .boolean()
      .default(false)
      .describe(
        "Commit a write in each run, and wait for it as any commit does. It is an empty message in the write-ahead log (`pg_logical_emit_message`), and changes no data.",
      ),
    table: z
      .string()
      .regex(/^[^\p{Cc}."]{1,63}(\.[^\p{Cc}."]{1,63})?$/u, { error: "expected the name of a table, or SCHEMA.TABLE" })
      .optional()
      .describe(
        "Where `writable` sets one row instead: a table with the columns `name` (text, the primary key) and `written_at` (timestamptz).",
      ),
    extension: name("an extension").optional().describe("An extension that the database must have, such as `vector`."),
    connections: shareLimits("of the connections that are not reserved for superusers")
      .prefault({})
      .describe("Limits on the connections in use."),
    maxReplicationLag: duration()
      .optional()
      .describe(
        "Degraded above this lag: of a standby itself, or of a primary's worst one, which takes a user with `pg_monitor`.",
      ),
  }).superRefine(({ url, username, password, table, writable }, context) => {
    const problem = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { user, password: inUrl } = parseServiceUrl(url, urlForm);
    if ((user ?? username) === undefined) {
      problem("url", `the URL names no user: expected one as in ${urlForm.example}, or \`username\``);
    }
    refuseSecondCredentials(context, { username, password }, { user, password: inUrl });
    if (table !== undefined && !writable) problem("table", "has no effect without `writable: true`");
  });

type Options = z.output<ReturnType<typeof options>>;

export const postgres = defineCheck<Options>({
  type: "postgres",
  summary:
    "A PostgreSQL database answers a query over a kept connection, with connections left; as you say, it takes writes, has a role, an extension, and little replication lag.",
  reasons: [
    "connections",
    "tls",
    "databases",
    "postgres",
    "authentication_failed",
    "driver_missing",
    "invalid_answer",
    "secret_unreadable",
  ],
  options,
  driver: postgresDriver,
  readings: {
    connections: { metric: "postgres_connections", unit: "count", help: "Connections of clients, to all databases." },
    maxConnections: {
      metric: "postgres_connections_limit",
      unit: "count",
      help: "Connections that the server allows to users that are no superusers.",
    },
    replicationLagSeconds: {
      metric: "postgres_replication_lag",
      unit: "seconds",
      help: "How far a standby is behind, or the worst standby of a primary.",
    },
    querySeconds: { metric: "postgres_query", unit: "seconds", help: "Time of the query, without connecting." },
    writeSeconds: { metric: "postgres_write", unit: "seconds", help: "Time of the write, its commit included." },
  },
  create: (given, context) => new PostgresCheck(given, context),
});

/** Of the time that is left, for the server to end a statement itself and say so before the deadline cuts it off. */
const statementShare = 0.8;

class PostgresCheck implements Check {
  private readonly url: ServiceUrl;
  private readonly where: string;
  private readonly connection: KeptConnection<PostgresConnection>;
  /** Tells the sessions of this check from those of others on the same server. */
  private readonly applicationName = `gpu-health ${randomBytes(6).toString("hex")}`;
  private startedAtMs = 0;

  constructor(
    private readonly given: Options,
    private readonly context: CheckContext,
  ) {
    this.url = parseServiceUrl(given.url, urlForm);
    const { address, port } = this.url;
    this.where = address.kind === "unix" ? `unix:${address.path}/.s.PGSQL.${port}` : formatAddress(address);
    this.connection = new KeptConnection((signal) => this.open(signal));
  }

  async run(signal: AbortSignal): Promise<Result> {
    this.startedAtMs = this.context.clock.nowMs();
    const timedOut = () => deadlineError(this.where, "connected, but no answer", this.elapsedMs());
    return await this.connection.use(signal, timedOut, (connection) => this.look(connection));
  }

  stop(): void {
    this.connection.stop();
  }

  private async look(connection: PostgresConnection): Promise<Result> {
    const askedAtMs = this.elapsedMs();
    const status = await readPostgresStatus(connection, this.given.extension, this.statementTimeoutMs()).catch(
      (error) => {
        throw postgresError(error, this.where, this.elapsedMs() - askedAtMs);
      },
    );
    const queryMs = this.elapsedMs() - askedAtMs;
    // While a write hangs, another would hang beside it, and so on until no connection is left.
    const tryWrite = this.given.writable && status.hungBackend === null && !status.isReadOnly;
    const write = tryWrite ? await this.write(connection) : undefined;
    return judgePostgres(this.where, { status, queryMs, write }, this.given);
  }

  private async write(connection: PostgresConnection): Promise<DatabaseWrite> {
    const startedAtMs = this.elapsedMs();
    const tookMs = () => this.elapsedMs() - startedAtMs;
    try {
      await writeToPostgres(connection, this.given.table, this.statementTimeoutMs());
      return { ok: true, tookMs: tookMs() };
    } catch (error) {
      if (!connection.isOpen) throw error;
      return { ok: false, error: postgresError(error, this.where, tookMs()) };
    }
  }

  private async open(signal: AbortSignal): Promise<PostgresConnection> {
    const { address, port, path, password: inUrl } = this.url;
    const user = this.url.user ?? this.given.username ?? "";
    const { password, tls } = this.given;
    return await openPostgres(
      {
        host: address.kind === "unix" ? address.path : address.host,
        port,
        user,
        password: password === undefined ? (inUrl ?? "") : await resolveSecret(password, signal),
        database: path ?? user,
        tls: tls === undefined ? undefined : await readTls(tls, signal),
        applicationName: this.applicationName,
        where: this.where,
      },
      signal,
      () => this.elapsedMs(),
    );
  }

  private elapsedMs(): number {
    return this.context.clock.nowMs() - this.startedAtMs;
  }

  private statementTimeoutMs(): number {
    return statementShare * (this.context.timeoutMs - this.elapsedMs());
  }
}
