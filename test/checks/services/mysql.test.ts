import { describe, expect, it } from "vitest";
import { mysql } from "../../../src/checks/services/mysql.js";
import { mysqlError } from "../../../src/checks/services/mysql-error.js";
import type { MysqlStatus } from "../../../src/checks/services/mysql-status.js";
import { judgeMysql, type MysqlExpectations } from "../../../src/checks/services/mysql-verdict.js";

const where = "db:3306";
const primary: MysqlStatus = {
  version: "8.4.2",
  isReadOnly: false,
  usedConnections: 10,
  maxConnections: 100,
  replication: "none",
  hungStatement: undefined,
};
const replica: MysqlStatus = { ...primary, isReadOnly: true, replication: { isRunning: true, lagSeconds: 2 } };
const stopped: MysqlStatus = { ...replica, replication: { isRunning: false, lagSeconds: undefined } };
const hidden: MysqlStatus = { ...primary, replication: "hidden" };

const judge = (status: MysqlStatus, expected: Partial<MysqlExpectations> = {}) =>
  judgeMysql(where, { status, queryMs: 3 }, { writable: false, connections: { degraded: 0.9 }, ...expected });

describe("the verdict on a MySQL server", () => {
  it("is healthy where nothing more is asked", () => {
    expect(judge(primary)).toEqual({
      status: "healthy",
      reason: "ok",
      message: "db:3306: the primary answered in 3 ms, 10 of 100 connections used",
      metadata: { version: "8.4.2", role: "primary", readOnly: false },
      readings: {
        connections: { ok: true, value: 10 },
        maxConnections: { ok: true, value: 100 },
        replicationLagSeconds: { ok: false, why: "unsupported" },
        querySeconds: { ok: true, value: 0.003 },
      },
    });
    expect(judge(hidden)).toMatchObject({ status: "healthy", message: expect.stringContaining("the server answered") });
    expect(judge(stopped).readings?.replicationLagSeconds).toEqual({ ok: false, why: "lost" });
  });

  it.each<[string, MysqlStatus, Partial<MysqlExpectations>, "unhealthy" | "degraded", string]>([
    [
      "a hung session",
      { ...primary, hungStatement: "Waiting for table metadata lock" },
      {},
      "unhealthy",
      "session_hung",
    ],
    ["a replica, expected a primary", replica, { role: "primary" }, "unhealthy", "wrong_role"],
    ["a role that this user may not see", hidden, { role: "primary" }, "unhealthy", "permission_denied"],
    ["no writes", replica, { writable: true }, "unhealthy", "read_only"],
    ["few connections left", { ...primary, usedConnections: 90 }, {}, "degraded", "insufficient_connections"],
    [
      "no connections left",
      { ...primary, usedConnections: 100 },
      { connections: { degraded: 0.9, unhealthy: 1 } },
      "unhealthy",
      "insufficient_connections",
    ],
    ["a lag", replica, { maxReplicationLag: 1000 }, "degraded", "replication_lag"],
    ["a lag that this user may not see", hidden, { maxReplicationLag: 1000 }, "degraded", "replication_lag_unknown"],
    ["a replica that no longer replicates", stopped, {}, "degraded", "replication_stopped"],
  ])("%s", (_, status, expected, verdict, reason) => {
    const result = judge(status, expected);
    expect(result).toMatchObject({ status: verdict, reason });
    expect(result.message).toContain(where);
    expect(result.remedy).toBeTruthy();
  });
});

describe("the options of the mysql check", () => {
  const url = "mysql://user@db.example/vectors";
  it.each([
    [{ url: "mysql://:S3cret@db.example" }, "names no user"],
    [{ url: "mysql://user:S3cret@db.example", password: "S3cret" }, "has a password already"],
    [{ url: "mysql://user@127.0.0.1", tls: {} }, "give `serverName`"],
    [{ url, table: "a" }, "has no effect without `writable: true`"],
    [{ url, writable: true, table: "a`b" }, "expected the name of a table"],
    [{ url, password: 12345 }, "expected a text"],
  ])("refuses %j, and repeats no password", (options, problem) => {
    const parsed = mysql.options().safeParse(options, { reportInput: true });
    const messages = JSON.stringify(parsed.error?.issues.map(({ message }) => message));
    expect(messages).toContain(problem);
    expect(messages).not.toMatch(/S3cret|12345/);
  });
});

describe("what an error of the driver comes to", () => {
  it.each([
    [{ code: "ER_CON_COUNT_ERROR" }, "too_many_connections"],
    [{ code: "ER_SIGNAL_EXCEPTION", errno: 1969 }, "statement_timeout"],
    [{ code: "ER_PARSE_ERROR" }, "query_failed"],
    [{ code: "PROTOCOL_CONNECTION_LOST" }, "connection_reset"],
    [{ code: "ECONNREFUSED" }, "connection_refused"],
    [{ code: "HANDSHAKE_SSL_ERROR", message: "certificate has expired" }, "certificate_expired"],
    [{ code: "HANDSHAKE_SSL_ERROR", message: "something else" }, "tls_failed"],
  ])("%j: %s", (properties, reason) => {
    expect(mysqlError(Object.assign(new Error("so it\nis"), properties), where, 5)).toMatchObject({ reason });
  });
});
