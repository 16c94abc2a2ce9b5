import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Check } from "../../../src/core/check.js";
import type { Result } from "../../../src/core/result.js";
import { Certificates } from "../../support/certificates.js";
import { createCheck, runOnce } from "../../support/run-check.js";
import { eventually } from "../support/eventually.js";
import { refusingAddress, silentServer } from "../support/fake-servers.js";
import { freePort } from "../support/free-port.js";
import { FreezingProxy } from "../support/freezing-proxy.js";
import { openFiles } from "../support/open-files.js";
import { startServer } from "../support/program.js";
import { servingStatus } from "../support/raw-grpc.js";
import { RedisServer } from "../support/redis.js";
import { ownByService, serviceFolder } from "../support/service-folder.js";
import { describeWith } from "../support/tools.js";
import { Watcher } from "../support/watcher.js";

const { serving, notServing } = servingStatus;

describeWith(["redis-server", "openssl"], "the redis check", () => {
  let server: RedisServer;
  const checks: Check[] = [];
  const certificates = new Certificates();

  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterEach(async () => {
    for (const check of checks.splice(0)) await check.stop?.();
  });
  afterAll(() => certificates.remove());

  const urlOf = ({ address }: { address: string }): string => `redis://${address}`;
  function create(options: object = {}): Check {
    const check = createCheck("redis", { url: urlOf(server), ...options });
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
  const set = (name: string, value: string | number) => server.command("CONFIG", "SET", name, value);

  describe("one server", () => {
    it("is healthy, and says what it found", async () => {
      const result = await look();
      expect(result).toMatchObject({
        status: "healthy",
        reason: "ok",
        metadata: { role: "primary", evictionPolicy: "noeviction", version: expect.stringMatching(/^\d/) },
        readings: { usedMemoryBytes: { ok: true }, maxMemoryBytes: { ok: false, why: "unsupported" } },
      });
      expect(result.message).toMatch(
        /^127\.0\.0\.1:\d+: the primary answered in [\d.]+ ms, [\d.]+ MiB used without a limit$/,
      );
      expect(await look({ url: `redis://${encodeURIComponent(server.socketPath)}` })).toMatchObject({
        status: "healthy",
      });
    });

    it("keeps one connection, and closes it at the end", async () => {
      // The checks are the only clients here whose last command is INFO.
      const asking = async () => String(await server.command("CLIENT", "LIST")).match(/^id=[0-9]+(?=.* cmd=info)/gm);
      await eventually(async () => expect(await asking()).toBeNull());
      const check = create();
      await runOnce(check);
      const [first] = (await asking()) ?? [];
      for (let run = 0; run < 20; run++) await runOnce(check);
      expect(await asking()).toEqual([first]);
      await check.stop?.();
      await eventually(async () => expect(await asking()).toBeNull());
    });

    it("judges memory against maxmemory, where keys are not evicted by design", async () => {
      await server.command("SET", "filling", "x".repeat(4 * 1024 * 1024));
      await set("maxmemory", 8 * 1024 * 1024);
      expect(await look({ memory: { degraded: "10%" } })).toMatchObject({
        status: "degraded",
        reason: "insufficient_memory",
      });
      expect(await look({ memory: { unhealthy: "20%" } })).toMatchObject({
        status: "unhealthy",
        reason: "insufficient_memory",
      });
      await set("maxmemory", 5 * 1024 * 1024);
      expect(await look()).toMatchObject({ status: "degraded", reason: "insufficient_memory" });
      await set("maxmemory", 8 * 1024 * 1024);
      await set("maxmemory-policy", "allkeys-lru");
      expect(await look({ memory: { degraded: "20%" } })).toMatchObject({ status: "degraded" });
      expect(await look()).toMatchObject({
        status: "healthy",
        readings: { maxMemoryBytes: { value: 8 * 1024 * 1024 } },
      });
      await server.command("DEL", "filling");
      await set("maxmemory", 0);
    });

    it("tells credentials that are wrong or missing, rights and databases", async () => {
      await server.command("ACL", "SETUSER", "service", "on", ">S3cret", "+ping", "+info", "+select");
      await server.command("ACL", "SETUSER", "limited", "on", ">S3cret", "+ping");
      await server.command("ACL", "SETUSER", "default", "resetpass", ">S3cret", "on");
      try {
        expect(await look({ username: "service", password: "S3cret", database: 3 })).toMatchObject({
          status: "healthy",
        });
        expect(await look({ url: `redis://service:S3cret@${server.address}/3` })).toMatchObject({ status: "healthy" });
        expect(await look({ password: "S3cret" })).toMatchObject({ status: "healthy" });
        for (const [options, reason] of [
          [{}, "authentication_failed"],
          [{ password: "S3cret-wrong" }, "authentication_failed"],
          [{ username: "service", password: "S3cret-wrong" }, "authentication_failed"],
          [{ username: "limited", password: "S3cret" }, "permission_denied"],
          [{ password: "S3cret", database: 99 }, "database_not_found"],
        ] as const) {
          const result = await look(options);
          expect(result).toMatchObject({ status: "unhealthy", reason });
          expect(result.message).toContain(server.address);
          expect(JSON.stringify(result)).not.toContain("S3cret");
        }
      } finally {
        await server.stop();
        await server.resume();
      }
    });

    it("says when no connection is left", async () => {
      const small = await RedisServer.start(["--maxclients", "1"]);
      const kept = create({ url: urlOf(small) });
      await eventually(async () => expect(await runOnce(kept)).toMatchObject({ status: "healthy" }));
      const result = await look({ url: urlOf(small) });
      expect(result).toMatchObject({ status: "unhealthy", reason: "too_many_connections" });
      expect(await runOnce(kept)).toMatchObject({ status: "healthy" });
      await small.stop();
    });

    it("is degraded where the server cannot save, and writes are refused", async () => {
      const saving = await RedisServer.start(["--save", "3600", "1"]);
      const url = urlOf(saving);
      await saving.command("SET", "a", "b");
      chmodSync(saving.folder, 0o500);
      await saving.command("BGSAVE");
      await eventually(async () => {
        const found = await look({ url });
        expect(found).toMatchObject({ status: "degraded", reason: "persistence_failed" });
        expect(found.message).toMatch(/rdb_last_bgsave_status\), and refuses writes$/);
      });
      chmodSync(saving.folder, 0o700);
      await saving.command("BGSAVE");
      await eventually(async () => expect(await look({ url })).toMatchObject({ status: "healthy" }));
      await saving.stop();
    });

    it("is unhealthy while the server reads its data", async () => {
      const loading = await RedisServer.start();
      await loading.command("DEBUG", "POPULATE", 2000, "key", 100).catch(async () => {
        for (let key = 0; key < 200; key++) await loading.command("SET", `key${key}`, "x".repeat(1000));
      });
      await loading.command("SAVE");
      await loading.stop();
      await loading.resume(["--key-load-delay", "10000", "--loading-process-events-interval-bytes", "1024"]);
      expect(await look({ url: urlOf(loading) })).toMatchObject({ status: "unhealthy", reason: "loading" });
      await loading.stop();
    });

    it("speaks TLS, and looks whose certificate it is", async () => {
      const authority = certificates.authority("root");
      const { cert, key } = certificates.issue({ name: "cache", issuer: authority });
      const folder = serviceFolder("tls");
      const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
      writeFileSync(certFile, readFileSync(cert));
      writeFileSync(keyFile, readFileSync(key));
      for (const path of [certFile, keyFile]) ownByService(path);
      const port = await freePort();
      const secure = await RedisServer.start([
        ...["--tls-port", `${port}`, "--tls-cert-file", certFile, "--tls-key-file", keyFile],
        ...["--tls-auth-clients", "no", "--tls-ca-cert-file", certFile],
      ]);
      const url = `rediss://127.0.0.1:${port}`;
      expect(await look({ url, tls: { ca: authority.cert } })).toMatchObject({ status: "healthy" });
      expect(await look({ url })).toMatchObject({ status: "unhealthy", reason: "certificate_untrusted" });
      const wrongName = { ca: authority.cert, serverName: "other.example" };
      expect(await look({ url, tls: wrongName })).toMatchObject({ reason: "certificate_invalid" });
      // A server without TLS waits for the end of what it takes for a command.
      const notSpoken = await lookFor(create({ url: urlOf(secure), tls: {} }), 300);
      expect(notSpoken).toMatchObject({ status: "unhealthy", reason: "timeout" });
      expect(notSpoken.message).toContain("no TLS connection after");
      await secure.stop();
    });
  });

  describe("down", () => {
    it("says who refuses", async () => {
      const refusing = await refusingAddress();
      const result = await look({ url: urlOf(refusing) });
      expect(result).toMatchObject({ status: "unhealthy", reason: "connection_refused" });
      expect(result.message).toContain(`${refusing.address}: the connection was refused after`);
    });

    it("stops at the deadline where nobody answers, and leaves nothing open", async () => {
      const silent = await silentServer();
      const check = create({ url: urlOf(silent), password: "S3cret" });
      const result = await lookFor(check, 50);
      expect(result).toMatchObject({ status: "unhealthy", reason: "timeout" });
      expect(result.message).toContain(`${silent.address}: connected, but no answer after`);
      expect(JSON.stringify(result)).not.toContain("S3cret");
      const before = openFiles();
      for (let run = 0; run < 100; run++) await lookFor(check, 2);
      await eventually(() => expect(openFiles()).toBeLessThanOrEqual(before + 5));
    });

    it("closes a connection that went silent, and makes another", async () => {
      const proxy = new FreezingProxy();
      const check = create({ url: `redis://${await proxy.listen(server.address)}` });
      expect(await runOnce(check)).toMatchObject({ status: "healthy" });
      proxy.freeze();
      expect(await lookFor(check, 100)).toMatchObject({ status: "unhealthy", reason: "timeout" });
      proxy.thaw();
      expect(await runOnce(check)).toMatchObject({ status: "healthy" });
    });

    it("waits no longer than the deadline for a server that hangs, and comes back with it", async () => {
      const check = create();
      await runOnce(check);
      server.process.signal("SIGSTOP");
      for (let run = 0; run < 5; run++) expect(await lookFor(check, 50)).toMatchObject({ reason: "timeout" });
      server.process.signal("SIGCONT");
      await eventually(async () => expect(await runOnce(check)).toMatchObject({ status: "healthy" }));
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
      for (let run = 0; run < 300; run++) await runOnce(check, deadline.signal);
      const refused = create({ database: 99 });
      for (let run = 0; run < 100; run++) await runOnce(refused, deadline.signal);
      await eventually(() => expect(openFiles()).toBeLessThanOrEqual(before + 5));
    });
  });

  it("tells a replica from a primary, and sees when it has lost it", async () => {
    const replica = await RedisServer.start(["--replicaof", "127.0.0.1", `${server.port}`]);
    const url = urlOf(replica);
    await eventually(async () =>
      expect(await look({ url, role: "replica" })).toMatchObject({ status: "healthy", metadata: { role: "replica" } }),
    );
    expect(await look({ url, role: "primary" })).toMatchObject({ status: "unhealthy", reason: "wrong_role" });
    await server.stop();
    await eventually(async () =>
      expect(await look({ url })).toMatchObject({ status: "degraded", reason: "replication_stopped" }),
    );
    await replica.command("CONFIG", "SET", "replica-serve-stale-data", "no");
    expect(await look({ url })).toMatchObject({ status: "unhealthy", reason: "replication_stopped" });
    await server.resume();
    await replica.stop();
  });

  it("sees a cluster lose slots, and come back", async () => {
    const args = ["--cluster-enabled", "yes", "--cluster-node-timeout", "500"];
    const nodes = await Promise.all([RedisServer.start(args), RedisServer.start(args), RedisServer.start(args)]);
    const [first, second, third] = nodes as [RedisServer, RedisServer, RedisServer];
    const cluster = nodes.map(({ address }) => address);
    expect(await look({ url: undefined, cluster })).toMatchObject({ status: "unhealthy", reason: "cluster_down" });
    for (const [node, from, to] of [
      [first, 0, 5460],
      [second, 5461, 10_922],
      [third, 10_923, 16_383],
    ] as const) {
      await node.command("CLUSTER", "ADDSLOTSRANGE", from, to);
      if (node !== first) await first.command("CLUSTER", "MEET", "127.0.0.1", node.port);
    }
    const check = create({ url: undefined, cluster });
    await eventually(async () =>
      expect(await runOnce(check)).toMatchObject({
        status: "healthy",
        metadata: { clusterState: "ok", clusterNodes: 3 },
        readings: { clusterSlotsOk: { value: 16_384 } },
      }),
    );
    await third.stop();
    await eventually(async () => expect(await runOnce(check)).toMatchObject({ reason: "cluster_down" }));
    for (const node of [first, second]) await node.command("CONFIG", "SET", "cluster-require-full-coverage", "no");
    await eventually(async () =>
      expect(await runOnce(check)).toMatchObject({ status: "degraded", reason: "cluster_slots_missing" }),
    );
    await third.resume();
    await eventually(async () => expect(await runOnce(check)).toMatchObject({ status: "healthy" }));
    expect(await look({ url: undefined, cluster: [server.address] })).toMatchObject({ reason: "not_a_cluster" });
    for (const node of nodes) await node.stop();
  });

  it("follows the sentinels through a failover", async () => {
    const primary = await RedisServer.start();
    const replica = await RedisServer.start(["--replicaof", "127.0.0.1", `${primary.port}`]);
    const file = join(serviceFolder("sentinel"), "sentinel.conf");
    writeFileSync(
      file,
      `sentinel monitor cache 127.0.0.1 ${primary.port} 1
sentinel down-after-milliseconds cache 500
sentinel failover-timeout cache 2000
`,
    );
    ownByService(file);
    const sentinel = await RedisServer.start([file, "--sentinel"]);
    const gone = await refusingAddress();
    const options = { url: undefined, sentinels: [gone.address, sentinel.address], masterName: "cache" };
    const check = create(options);
    const before = await runOnce(check);
    expect(before).toMatchObject({ status: "healthy", metadata: { role: "primary" } });
    expect(before.message).toContain(primary.address);
    expect(await look({ ...options, masterName: "other" })).toMatchObject({
      status: "unhealthy",
      reason: "primary_not_found",
    });
    expect(await look({ ...options, sentinels: [server.address] })).toMatchObject({ reason: "not_a_sentinel" });
    // It knows the replica only after it has asked the primary.
    await eventually(async () => expect(String(await sentinel.command("INFO", "sentinel"))).toContain("slaves=1"));
    await primary.stop();
    expect(await lookFor(check, 500)).toMatchObject({ status: "unhealthy", reason: "connection_refused" });
    await eventually(async () => {
      const after = await lookFor(check, 500);
      expect(after).toMatchObject({ status: "healthy", metadata: { role: "primary" } });
      expect(after.message).toContain(replica.address);
    });
    await Promise.all([replica.stop(), sentinel.stop()]);
  });

  it("turns a component away while the server is down, with the reason, and back", async () => {
    const program = await startServer({
      config: `
gpu: { mode: off }
checks:
  cache: { type: redis, url: "${urlOf(server)}", interval: 200ms, timeout: 200ms, failureThreshold: 1 }
components:
  rag: { critical: [cache] }
`,
    });
    const watcher = new Watcher(program.grpc, "rag");
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
    await server.stop();
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(notServing));
    await eventually(() => expect(JSON.stringify(program.log())).toContain("connection_refused"));
    await server.resume();
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
  });
});
