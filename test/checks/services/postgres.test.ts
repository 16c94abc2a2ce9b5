import { describe, expect, it } from "vitest";
import { postgres } from "../../../src/checks/services/postgres.js";
import { postgresError } from "../../../src/checks/services/postgres-connection.js";
import type { PostgresStatus } from "../../../src/checks/services/postgres-status.js";
import { judgePostgres, type PostgresExpectations } from "../../../src/checks/services/postgres-verdict.js";

const where = "db:5432";
const primary: PostgresStatus = {
  version: "16.4",
  database: "vectors",
  isStandby: false,
  isReadOnly: false,
  usedConnections: 10,
  usableConnections: 97,
  replicationLagSeconds: null,
  extensionVersion: null,
  hungBackend: null,
  hungWaitsFor: null,
};
const standby: PostgresStatus = { ...primary, isStandby: true, isReadOnly: true, replicationLagSeconds: 2 };
const nothingExpected: PostgresExpectations = { writable: false, connections: { degraded: 0.9 } };

const judge = (status: PostgresStatus, expected: Partial<PostgresExpectations> = {}) =>
  judgePostgres(where, { status, queryMs: 3 }, { ...nothingExpected, ...expected });

describe("the verdict on a PostgreSQL server", () => {
  it("is healthy where nothing more is asked", () => {
    expect(judge(primary)).toEqual({
      status: "healthy",
      reason: "ok",
      message: "db:5432: the primary answered in 3 ms, 10 of 97 connections used",
      metadata: { version: "16.4", role: "primary", database: "vectors" },
      readings: {
        connections: { ok: true, value: 10 },
        maxConnections: { ok: true, value: 97 },
        replicationLagSeconds: { ok: false, why: "unsupported" },
        querySeconds: { ok: true, value: 0.003 },
      },
    });
  });

  it.each<[string, PostgresStatus, Partial<PostgresExpectations>, string, RegExp]>([
    ["a standby, expected a primary", standby, { role: "primary" }, "wrong_role", /is a standby, expected a primary/],
    [
      "no extension",
      primary,
      { extension: "vector" },
      "extension_not_found",
      /vectors does not have the extension vector/,
    ],
    ["writes to a standby", standby, { writable: true }, "read_only", /is a standby, which takes no writes/],
    ["reads only", { ...primary, isReadOnly: true }, { writable: true }, "read_only", /default_transaction_read_only/],
    [
      "a hung write",
      { ...primary, hungBackend: 77, hungWaitsFor: "SyncRep" },
      {},
      "session_hung",
      /backend 77 still works .*, waiting for SyncRep$/,
    ],
    [
      "hardly a connection left",
      { ...primary, usedConnections: 97 },
      { connections: { degraded: 0.5, unhealthy: 1 } },
      "insufficient_connections",
      /100 % of the connections used \(97 of 97\)/,
    ],
  ])("is unhealthy for %s", (_, status, expected, reason, message) => {
    const result = judge(status, expected);
    expect(result).toMatchObject({ status: "unhealthy", reason });
    expect(result.message).toMatch(message);
    expect(result.remedy).toBeTruthy();
  });

  it.each<[string, PostgresStatus, Partial<PostgresExpectations>, string, RegExp]>([
    ["few connections left", { ...primary, usedConnections: 90 }, {}, "insufficient_connections", /90 of 97/],
    ["a lag", standby, { maxReplicationLag: 1000 }, "replication_lag", /the standby lags behind by 2 s, 1 s allowed/],
    [
      "a standby of its that lags",
      { ...primary, replicationLagSeconds: 2 },
      { maxReplicationLag: 1000 },
      "replication_lag",
      /: a standby lags behind by 2 s/,
    ],
    [
      "a lag that nobody knows",
      { ...standby, replicationLagSeconds: null },
      { maxReplicationLag: 1000 },
      "replication_lag_unknown",
      /has replayed nothing yet/,
    ],
  ])("is degraded for %s", (_, status, expected, reason, message) => {
    const result = judge(status, expected);
    expect(result).toMatchObject({ status: "degraded", reason });
    expect(result.message).toMatch(message);
  });

  it("names what is unhealthy before what is degraded", () => {
    const status = { ...primary, usedConnections: 97 };
    expect(judge(status, { extension: "vector" })).toMatchObject({ reason: "extension_not_found" });
  });

  it("takes a primary without standbys for no lag", () => {
    expect(judge(primary, { maxReplicationLag: 1 })).toMatchObject({ status: "healthy" });
  });
});

describe("the options of the postgres check", () => {
  const url = "postgres://user@db.example/vectors";
  it.each([
    [{ url, password: 12345 }, "expected a text"],
    [{ url: "postgres://user:S3cret@db.example", password: "S3cret" }, "has a password already"],
    [{ url: "postgres://:S3cret@db.example" }, "names no user"],
    [{ url: "mysql://user:S3cret@db.example" }, "expected a URL with postgres://"],
    [{ url: "postgres://user:S3cret#@db.example" }, "belongs into `password`"],
    [{ url: `${url}?password=S3cret` }, "without `?`"],
    [{ url, table: "a" }, "has no effect without `writable: true`"],
    [{ url, extension: 'a"b' }, "expected the name of an extension"],
  ])("refuses %j, and repeats no password", (options, problem) => {
    const parsed = postgres.options().safeParse(options, { reportInput: true });
    const issues = JSON.stringify(parsed.error?.issues.map(({ message }) => message));
    expect(issues).toContain(problem);
    expect(issues).not.toContain("S3cret");
    expect(JSON.stringify(parsed.error?.issues)).not.toContain("12345");
  });
});

describe("what an error of the driver comes to", () => {
  it.each([
    ["53300", "too_many_connections"],
    ["57P03", "server_starting"],
    ["53100", "disk_full"],
    ["XX000", "query_failed"],
  ])("SQLSTATE %s: %s", (code, reason) => {
    const error = Object.assign(new Error("so it\nis"), { code, severity: "ERROR" });
    expect(postgresError(error, where, 5)).toMatchObject({ reason, message: `db:5432: so it is (${code}) after 5 ms` });
  });

  it.each([
    [new Error("Connection terminated unexpectedly"), "connection_reset"],
    [Object.assign(new Error(), { code: "ECONNREFUSED" }), "connection_refused"],
    [new Error("SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string"), "authentication_failed"],
  ])("%s", (error, reason) => {
    expect(postgresError(error, where, 5)).toMatchObject({ reason });
  });
});
