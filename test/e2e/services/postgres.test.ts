import { readFileSync } from "node:fs";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Check } from "../../../src/core/check.js";
import type { Result } from "../../../src/core/result.js";
import { Certificates } from "../../support/certificates.js";
import { createCheck, runOnce } from "../../support/run-check.js";
import { eventually } from "../support/eventually.js";
import { refusingAddress, silentServer } from "../support/fake-servers.js";
import { FreezingProxy } from "../support/freezing-proxy.js";
import { openFiles } from "../support/open-files.js";
import { PostgresServer, postgresPassword } from "../support/postgres.js";
import { startServer } from "../support/program.js";
import { servingStatus } from "../support/raw-grpc.js";
import { describeWith } from "../support/tools.js";
import { Watcher } from "../support/watcher.js";

const { serving, notServing } = servingStatus;

describeWith(["postgres", "openssl"], "the postgres check", () => {
  let server: PostgresServer;
  const checks: Check[] = [];

  beforeAll(async () => {
    server = await PostgresServer.start(["max_connections = 20", "superuser_reserved_connections = 3"]);
    await server.sql("CREATE ROLE service LOGIN PASSWORD 'service-S3cret'");
  });
  afterEach(async () => {
    for (const check of checks.splice(0)) await check.stop?.();
  });

  function create(options: object = {}, timeoutMs?: number): Check {
    const check = createCheck(
      "postgres",
      { url: server.url(), password: postgresPassword, ...options },
      undefined,
      timeoutMs,
    );
    checks.push(check);
    return check;
  }
  const look = async (options: object = {}): Promise<Result> => {
    const check = create(options);
    const result = await runOnce(check);
    await check.stop?.();
    return result;
  };
  const lookFor = (check: Check, milliseconds: number) => runOnce(check, AbortSignal.timeout(milliseconds));
  const ownBackends = () =>
    server.sql("SELECT pid, state FROM pg_stat_activity WHERE application_name LIKE 'gpu-health%'");

  describe("up", () => {
    it("is healthy, and says what it found", async () => {
      const result = await look();
      expect(result).toMatchObject({
        status: "healthy",
        reason: "ok",
        metadata: { role: "primary", database: "postgres" },
        readings: { maxConnections: { value: 17 }, replicationLagSeconds: { ok: false, why: "unsupported" } },
      });
      expect(result.message).toMatch(
        /^127\.0\.0\.1:\d+: the primary answered in [\d.]+ ms, \d+ of 17 connections used$/,
      );
    });

    it("keeps one connection, without a transaction, and closes it at the end", async () => {
      const check = create({ writable: true });
      expect(await runOnce(check)).toMatchObject({ status: "healthy" });
      const [first] = await ownBackends();
      for (let run = 0; run < 20; run++) await runOnce(check);
      expect(await ownBackends()).toEqual([{ pid: first?.pid, state: "idle" }]);
      await check.stop?.();
      await eventually(async () => expect(await ownBackends()).toEqual([]));
    });

    it("asks as a user without privileges, and over a Unix socket", async () => {
      const password = "service-S3cret";
      const asService = { url: server.url("service"), password, writable: true };
      expect(await look(asService)).toMatchObject({ status: "healthy" });
      const url = `postgres://service@${encodeURIComponent(server.folder)}:${server.port}/postgres`;
      expect(await look({ url, password })).toMatchObject({ status: "healthy" });
    });

    it("speaks TLS, and looks whose certificate it is", async () => {
      const certificates = new Certificates();
      const authority = certificates.authority("root");
      const { cert, key } = certificates.issue({ name: "db", issuer: authority, subjectAltName: "DNS:db.example" });
      server.addFile("server.crt", readFileSync(cert));
      server.addFile("server.key", readFileSync(key));
      await server.sql("ALTER SYSTEM SET ssl = on");
      await server.sql("SELECT pg_reload_conf()");
      const tls = { ca: authority.cert, serverName: "db.example" };
      await eventually(async () => expect(await look({ tls })).toMatchObject({ status: "healthy" }));
      expect(await look({ tls: { ca: authority.cert } })).toMatchObject({ reason: "certificate_invalid" });
      expect(await look({ tls: { serverName: "db.example" } })).toMatchObject({ reason: "certificate_untrusted" });
      expect(await look({ tls: { verify: false } })).toMatchObject({ status: "healthy" });
      certificates.remove();
      await server.sql("ALTER SYSTEM SET ssl = off");
      await server.sql("SELECT pg_reload_conf()");
    });

    it("finds an extension, and says when it is not there", async () => {
      const missing = await look({ extension: "pg_trgm" });
      expect(missing).toMatchObject({ status: "unhealthy", reason: "extension_not_found" });
      expect(missing.remedy).toContain('CREATE EXTENSION "pg_trgm"');
      await server.sql("CREATE EXTENSION pg_trgm");
      expect(await look({ extension: "pg_trgm" })).toMatchObject({
        status: "healthy",
        metadata: { extension: "pg_trgm", extensionVersion: expect.stringMatching(/^\d/) },
      });
    });

    it("counts connections against the limits, and says when there are none left", async () => {
      const kept = create({ connections: { degraded: "50%", unhealthy: "90%" } });
      expect(await runOnce(kept)).toMatchObject({ status: "healthy" });
      const sessions = await Promise.all(Array.from({ length: 9 }, () => server.session()));
      expect(await runOnce(kept)).toMatchObject({ status: "degraded", reason: "insufficient_connections" });
      sessions.push(...(await Promise.all(Array.from({ length: 7 }, () => server.session()))));
      expect(await runOnce(kept)).toMatchObject({ status: "unhealthy", reason: "insufficient_connections" });
      const refused = await look({ url: server.url("service"), password: "service-S3cret" });
      expect(refused).toMatchObject({ status: "unhealthy", reason: "too_many_connections" });
      for (const session of sessions) await session.end();
      await eventually(async () => expect(await runOnce(kept)).toMatchObject({ status: "healthy" }));
    });
  });

  describe("writable", () => {
    it("commits, with and without a table", async () => {
      expect(await look({ writable: true })).toMatchObject({
        status: "healthy",
        readings: { writeSeconds: { ok: true } },
      });
      const table = "public.gpu_health";
      expect(await look({ writable: true, table })).toMatchObject({ status: "unhealthy", reason: "table_not_found" });
      await server.sql(`CREATE TABLE ${table} (name text PRIMARY KEY, written_at timestamptz NOT NULL)`);
      for (let run = 0; run < 2; run++)
        expect(await look({ writable: true, table })).toMatchObject({ status: "healthy" });
      expect(await server.sql(`SELECT name FROM ${table}`)).toEqual([{ name: "gpu-health" }]);
      expect(
        await look({ url: server.url("service"), password: "service-S3cret", writable: true, table }),
      ).toMatchObject({ status: "unhealthy", reason: "permission_denied" });
    });

    it("is unhealthy where the database takes reads only", async () => {
      await server.sql("CREATE DATABASE readonly");
      await server.sql("ALTER DATABASE readonly SET default_transaction_read_only = on");
      const url = server.url("postgres", "readonly");
      expect(await look({ url })).toMatchObject({ status: "healthy" });
      expect(await look({ url, writable: true })).toMatchObject({ status: "unhealthy", reason: "read_only" });
    });

    it("lets the server end a write that waits for a lock, and keeps its connection", async () => {
      await server.sql("CREATE TABLE locked (name text PRIMARY KEY, written_at timestamptz NOT NULL)");
      const check = create({ writable: true, table: "locked" }, 500);
      expect(await runOnce(check)).toMatchObject({ status: "healthy" });
      const holder = await server.session();
      await holder.query("BEGIN; LOCK TABLE locked");
      const [before] = await ownBackends();
      expect(await runOnce(check)).toMatchObject({ status: "unhealthy", reason: "statement_timeout" });
      expect(await ownBackends()).toEqual([{ pid: before?.pid, state: "idle" }]);
      await holder.end();
      expect(await runOnce(check)).toMatchObject({ status: "healthy" });
    });

    it("hangs once at most where no standby confirms, whatever the number of runs", async () => {
      await server.sql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
      await server.sql("SELECT pg_reload_conf()");
      const check = create({ writable: true }, 300);
      expect(await lookFor(check, 300)).toMatchObject({ status: "unhealthy", reason: "timeout" });
      for (let run = 0; run < 5; run++) {
        const result = await lookFor(check, 2000);
        expect(result).toMatchObject({ status: "unhealthy", reason: "session_hung" });
        expect(result.message).toContain("SyncRep");
        expect(await ownBackends()).toHaveLength(2);
      }
      await server.sql("ALTER SYSTEM RESET synchronous_standby_names");
      await server.sql("SELECT pg_reload_conf()");
      await eventually(async () => expect(await runOnce(check)).toMatchObject({ status: "healthy" }));
      expect(await ownBackends()).toHaveLength(1);
    });
  });

  describe("down", () => {
    it("says who refuses, and what is wrong with the credentials", async () => {
      const { address } = await refusingAddress();
      const refused = await look({ url: `postgres://postgres@${address}` });
      expect(refused).toMatchObject({ status: "unhealthy", reason: "connection_refused" });
      expect(refused.message).toContain(`${address}: the connection was refused after`);
      for (const wrong of [{ password: "wrong-S3cret" }, { password: undefined }, { url: server.url("nobody") }]) {
        const result = await look(wrong);
        expect(result).toMatchObject({ status: "unhealthy", reason: "authentication_failed" });
        expect(JSON.stringify(result)).not.toContain("S3cret");
      }
      expect(await look({ url: server.url("postgres", "nothing") })).toMatchObject({ reason: "database_not_found" });
      await eventually(async () => expect(await look({ tls: {} })).toMatchObject({ reason: "tls_failed" }));
    });

    it("stops at the deadline where nobody answers, and leaves nothing open", async () => {
      const { address } = await silentServer();
      const check = create({ url: `postgres://postgres@${address}` });
      const silent = await lookFor(check, 50);
      expect(silent).toMatchObject({ status: "unhealthy", reason: "timeout" });
      expect(silent.message).toContain(`${address}: connected, but no answer after`);
      const before = openFiles();
      for (let run = 0; run < 100; run++) await lookFor(check, 2);
      await eventually(() => expect(openFiles()).toBeLessThanOrEqual(before + 5));
    });

    it("closes a connection that went silent, and makes another", async () => {
      const proxy = new FreezingProxy();
      const check = create({ url: `postgres://postgres@${await proxy.listen(server.address)}` });
      expect(await runOnce(check)).toMatchObject({ status: "healthy" });
      proxy.freeze();
      expect(await lookFor(check, 200)).toMatchObject({ status: "unhealthy", reason: "timeout" });
      proxy.thaw();
      expect(await runOnce(check)).toMatchObject({ status: "healthy" });
    });

    it("comes back after a restart, and takes one that it did not see for none", async () => {
      const check = create();
      expect(await runOnce(check)).toMatchObject({ status: "healthy" });
      await server.stop();
      expect(await runOnce(check)).toMatchObject({ status: "unhealthy", reason: "connection_refused" });
      await server.resume();
      expect(await runOnce(check)).toMatchObject({ status: "healthy" });
      await server.stop();
      await server.resume();
      expect(await runOnce(check)).toMatchObject({ status: "healthy" });
    });

    it("leaves nothing open after hundreds of runs", async () => {
      const check = create();
      await runOnce(check);
      const before = openFiles();
      const deadline = new AbortController();
      for (let run = 0; run < 300; run++) await runOnce(check, deadline.signal);
      const refusing = create({ password: "wrong" });
      for (let run = 0; run < 50; run++) await runOnce(refusing, deadline.signal);
      await eventually(() => expect(openFiles()).toBeLessThanOrEqual(before + 5));
    });
  });

  it("tells a standby from a primary, and how far it is behind", async () => {
    const standby = await server.standby();
    const url = standby.url();
    await eventually(async () =>
      expect(await look({ url, role: "standby", maxReplicationLag: "10s" })).toMatchObject({
        status: "healthy",
        metadata: { role: "standby" },
        readings: { replicationLagSeconds: { ok: true } },
      }),
    );
    expect(await look({ url, role: "primary" })).toMatchObject({ status: "unhealthy", reason: "wrong_role" });
    expect(await look({ url, writable: true })).toMatchObject({ status: "unhealthy", reason: "read_only" });
    expect(await look({ role: "primary" })).toMatchObject({ readings: { replicationLagSeconds: { ok: true } } });
    await standby.sql("SELECT pg_wal_replay_pause()");
    // Nothing was committed since the standby was made, so nobody knows how old what it has is.
    await server.sql("CREATE TABLE not_replayed ()");
    await eventually(async () =>
      expect(await look({ url, maxReplicationLag: "10s" })).toMatchObject({ reason: "replication_lag_unknown" }),
    );
    await standby.sql("SELECT pg_wal_replay_resume()");
    await eventually(async () => expect(await look({ url })).toMatchObject({ status: "healthy" }));
    await eventually(() => standby.sql("SELECT * FROM not_replayed"));
    await standby.sql("SELECT pg_wal_replay_pause()");
    await server.sql("CREATE TABLE not_replayed_either ()");
    await eventually(async () =>
      expect(await look({ url, maxReplicationLag: "10ms" })).toMatchObject({
        status: "degraded",
        reason: "replication_lag",
      }),
    );
    await standby.stop();
  });

  it("turns a component away while the database is down, with the reason, and back", async () => {
    const program = await startServer({
      config: `
gpu: { mode: off }
checks:
  vectors: { type: postgres, url: "${server.url()}", password: "\${PGPASS}", interval: 200ms, timeout: 200ms, failureThreshold: 1 }
components:
  rag: { critical: [vectors] }
`,
      env: { PGPASS: postgresPassword },
    });
    const watcher = new Watcher(program.grpc, "rag");
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
    await server.stop();
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(notServing));
    await eventually(() => expect(JSON.stringify(program.log())).toContain("connection_refused"));
    await server.resume();
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
    expect(program.process.stdout).not.toContain(postgresPassword);
  });
});
