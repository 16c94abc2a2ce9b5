import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Check } from "../../../src/core/check.js";
import type { Result } from "../../../src/core/result.js";
import { Certificates } from "../../support/certificates.js";
import { createCheck, runOnce } from "../../support/run-check.js";
import { eventually } from "../support/eventually.js";
import { refusingAddress, silentServer } from "../support/fake-servers.js";
import { FreezingProxy } from "../support/freezing-proxy.js";
import { MariadbServer, mariadbPassword } from "../support/mariadb.js";
import { openFiles } from "../support/open-files.js";
import { startServer } from "../support/program.js";
import { servingStatus } from "../support/raw-grpc.js";
import { ownByService, serviceFolder } from "../support/service-folder.js";
import { describeWith } from "../support/tools.js";
import { Watcher } from "../support/watcher.js";

const { serving, notServing } = servingStatus;

describeWith(["mariadbd", "openssl"], "the mysql check, with MariaDB", () => {
  let server: MariadbServer;
  let authority: string;
  const checks: Check[] = [];

  beforeAll(async () => {
    const certificates = new Certificates();
    const issuer = certificates.authority("root");
    const { cert, key } = certificates.issue({ name: "db", issuer, subjectAltName: "DNS:db.example" });
    const folder = serviceFolder("tls");
    const copy = (name: string, from: string) => {
      const path = join(folder, name);
      writeFileSync(path, readFileSync(from));
      ownByService(path);
      return path;
    };
    authority = copy("ca.pem", issuer.cert);
    server = await MariadbServer.start([
      ...["--max-connections=12", `--ssl-cert=${copy("cert.pem", cert)}`, `--ssl-key=${copy("key.pem", key)}`],
      ...["--server-id=1", "--log-bin=binlog"],
    ]);
    certificates.remove();
    await server.sql("CREATE USER service@'%' IDENTIFIED BY 'service-S3cret'");
    await server.sql("GRANT SELECT ON app.* TO service@'%'");
  });
  afterEach(async () => {
    for (const check of checks.splice(0)) await check.stop?.();
  });

  function create(options: object = {}, timeoutMs?: number): Check {
    const given = { url: server.url(), password: mariadbPassword, ...options };
    const check = createCheck("mysql", given, undefined, timeoutMs);
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
  const ownThreads = () => server.sql("SELECT ID, COMMAND FROM information_schema.PROCESSLIST WHERE USER = 'admin'");
  const asService = { password: "service-S3cret" };

  describe("up", () => {
    it("is healthy, and says what it found", async () => {
      const result = await look();
      expect(result).toMatchObject({
        status: "healthy",
        reason: "ok",
        metadata: { version: expect.stringContaining("MariaDB"), role: "primary", readOnly: false },
        readings: { maxConnections: { value: 12 }, replicationLagSeconds: { ok: false, why: "unsupported" } },
      });
      expect(result.message).toMatch(
        /^127\.0\.0\.1:\d+: the primary answered in [\d.]+ ms, \d+ of 12 connections used$/,
      );
      const url = `mysql://admin@${encodeURIComponent(server.socketPath)}/app`;
      expect(await look({ url })).toMatchObject({ status: "healthy" });
    });

    it("keeps one connection, and closes it at the end", async () => {
      const check = create();
      await runOnce(check);
      const [first] = await ownThreads();
      for (let run = 0; run < 20; run++) await runOnce(check);
      expect(await ownThreads()).toEqual([{ ID: first?.ID, COMMAND: "Sleep" }]);
      await check.stop?.();
      await eventually(async () => expect(await ownThreads()).toEqual([]));
    });

    it("asks as a user without privileges, who may not see the role", async () => {
      const url = server.url("service");
      const result = await look({ url, ...asService });
      expect(result).toMatchObject({ status: "healthy" });
      expect(result.metadata).not.toHaveProperty("role");
      expect(await look({ url, ...asService, role: "primary" })).toMatchObject({ reason: "permission_denied" });
      const lag = await look({ url, ...asService, maxReplicationLag: "1s" });
      expect(lag).toMatchObject({ status: "degraded", reason: "replication_lag_unknown" });
    });

    it("speaks TLS, and looks whose certificate it is", async () => {
      const tls = { ca: authority, serverName: "db.example" };
      expect(await look({ tls })).toMatchObject({ status: "healthy" });
      expect(await look({ tls: { ...tls, serverName: "other.example" } })).toMatchObject({
        reason: "certificate_invalid",
      });
      expect(await look({ tls: { serverName: "db.example" } })).toMatchObject({ reason: "certificate_untrusted" });
      expect(await look({ tls: { verify: false } })).toMatchObject({ status: "healthy" });
    });

    it("counts connections against the limits, and says when there are none left", async () => {
      const kept = create({ connections: { degraded: "60%", unhealthy: "90%" } });
      expect(await runOnce(kept)).toMatchObject({ status: "healthy" });
      const sessions = [];
      for (let count = 0; count < 7; count++) sessions.push(await server.session());
      expect(await runOnce(kept)).toMatchObject({ status: "degraded", reason: "insufficient_connections" });
      for (let count = 0; count < 4; count++) sessions.push(await server.session());
      expect(await runOnce(kept)).toMatchObject({ status: "unhealthy", reason: "insufficient_connections" });
      const refused = await look({ url: server.url("service"), ...asService });
      expect(refused).toMatchObject({ status: "unhealthy", reason: "too_many_connections" });
      for (const session of sessions) await session.end();
      await eventually(async () => expect(await runOnce(kept)).toMatchObject({ status: "healthy" }));
    });
  });

  describe("writable", () => {
    const table = "app.gpu_health";

    it("replaces one row", async () => {
      expect(await look({ writable: true })).toMatchObject({ status: "healthy" });
      expect(await look({ writable: true, table })).toMatchObject({ status: "unhealthy", reason: "table_not_found" });
      await server.sql(`CREATE TABLE ${table} (name VARCHAR(64) PRIMARY KEY, written_at DATETIME(6) NOT NULL)`);
      for (let run = 0; run < 2; run++) {
        const result = await look({ writable: true, table });
        expect(result).toMatchObject({ status: "healthy", readings: { writeSeconds: { ok: true } } });
      }
      expect(await server.sql(`SELECT name FROM ${table}`)).toEqual([{ name: "gpu-health" }]);
      const denied = await look({ url: server.url("service"), ...asService, writable: true, table });
      expect(denied).toMatchObject({ status: "unhealthy", reason: "permission_denied" });
    });

    it("is unhealthy where the server takes reads only, though this user may write", async () => {
      await server.sql("SET GLOBAL read_only = 1");
      expect(await look()).toMatchObject({ status: "healthy", metadata: { readOnly: true } });
      expect(await look({ writable: true, table })).toMatchObject({ status: "unhealthy", reason: "read_only" });
      await server.sql("SET GLOBAL read_only = 0");
    });

    it("lets the server end a write that waits for a lock, and keeps its connection", async () => {
      const check = create({ writable: true, table }, 500);
      expect(await runOnce(check)).toMatchObject({ status: "healthy" });
      const [before] = await ownThreads();
      const holder = await server.session();
      await holder.query(`LOCK TABLES ${table} WRITE`);
      expect(await runOnce(check)).toMatchObject({ status: "unhealthy", reason: "statement_timeout" });
      expect(await ownThreads()).toEqual([{ ID: before?.ID, COMMAND: "Sleep" }]);
      await holder.end();
      expect(await runOnce(check)).toMatchObject({ status: "healthy" });
    });

    it("leaves one session at most that hangs, whatever the number of runs", async () => {
      // Told of a late deadline, so that the server does not end the write itself.
      const check = create({ writable: true, table }, 60_000);
      const holder = await server.session();
      await holder.query(`LOCK TABLES ${table} WRITE`);
      expect(await lookFor(check, 300)).toMatchObject({ status: "unhealthy", reason: "timeout" });
      for (let run = 0; run < 5; run++) {
        expect(await lookFor(check, 5000)).toMatchObject({ status: "unhealthy", reason: "session_hung" });
        expect(await ownThreads()).toHaveLength(2);
      }
      await holder.end();
      await eventually(async () => expect(await runOnce(check)).toMatchObject({ status: "healthy" }));
      await eventually(async () => expect(await ownThreads()).toHaveLength(1));
    });
  });

  describe("down", () => {
    it("says who refuses, and what is wrong with the credentials", async () => {
      const { address } = await refusingAddress();
      const refused = await look({ url: `mysql://admin@${address}` });
      expect(refused).toMatchObject({ status: "unhealthy", reason: "connection_refused" });
      expect(refused.message).toContain(`${address}: the connection was refused after`);
      for (const wrong of [{ password: "wrong-S3cret" }, { password: undefined }, { url: server.url("nobody") }]) {
        const result = await look(wrong);
        expect(result).toMatchObject({ status: "unhealthy", reason: "authentication_failed" });
        expect(JSON.stringify(result)).not.toContain("S3cret");
      }
      const nothing = await look({ url: server.url("admin", "nothing") });
      expect(nothing).toMatchObject({ status: "unhealthy", reason: "database_not_found" });
    });

    it("stops at the deadline where nobody answers, and leaves nothing open", async () => {
      const { address } = await silentServer();
      const check = create({ url: `mysql://admin@${address}` });
      const silent = await lookFor(check, 50);
      expect(silent).toMatchObject({ status: "unhealthy", reason: "timeout" });
      expect(silent.message).toContain(`${address}: connected, but no answer after`);
      const before = openFiles();
      for (let run = 0; run < 100; run++) await lookFor(check, 2);
      await eventually(() => expect(openFiles()).toBeLessThanOrEqual(before + 5));
    });

    it("closes a connection that went silent, and makes another", async () => {
      const proxy = new FreezingProxy();
      const check = create({ url: `mysql://admin@${await proxy.listen(server.address)}` });
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
      const deadline = new AbortController();
      await runOnce(check, deadline.signal);
      const before = openFiles();
      for (let run = 0; run < 200; run++) await runOnce(check, deadline.signal);
      const refused = create({ password: "wrong" });
      for (let run = 0; run < 50; run++) await runOnce(refused, deadline.signal);
      await eventually(() => expect(openFiles()).toBeLessThanOrEqual(before + 5));
    });
  });

  it("tells a replica from a primary, and sees when its replication stops", async () => {
    const replica = await MariadbServer.start(["--server-id=2"]);
    await replica.sql(
      `CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=${server.port}, MASTER_USER='admin', MASTER_PASSWORD='${mariadbPassword}', MASTER_LOG_FILE='binlog.999999'`,
    );
    const url = replica.url();
    expect(await look({ url })).toMatchObject({ status: "degraded", reason: "replication_stopped" });
    const [position] = await server.sql("SHOW MASTER STATUS");
    await replica.sql(`CHANGE MASTER TO MASTER_LOG_FILE='${position?.File}', MASTER_LOG_POS=${position?.Position}`);
    await replica.sql("START SLAVE");
    await eventually(async () =>
      expect(await look({ url, role: "replica", maxReplicationLag: "30s" })).toMatchObject({
        status: "healthy",
        metadata: { role: "replica" },
        readings: { replicationLagSeconds: { ok: true } },
      }),
    );
    expect(await look({ url, role: "primary" })).toMatchObject({ status: "unhealthy", reason: "wrong_role" });
    await replica.stop();
  });

  it("turns a component away while the database is down, with the reason, and back", async () => {
    const program = await startServer({
      config: `
gpu: { mode: off }
checks:
  store: { type: mysql, url: "${server.url()}", password: "\${DB_PASSWORD}", interval: 200ms, timeout: 200ms, failureThreshold: 1 }
components:
  rag: { critical: [store] }
`,
      env: { DB_PASSWORD: mariadbPassword },
    });
    const watcher = new Watcher(program.grpc, "rag");
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
    await server.stop();
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(notServing));
    await eventually(() => expect(JSON.stringify(program.log())).toContain("connection_refused"));
    await server.resume();
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
    expect(program.process.stdout).not.toContain(mariadbPassword);
  });
});
