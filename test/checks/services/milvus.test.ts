import { readFileSync } from "node:fs";
import { ServerCredentials, status } from "@grpc/grpc-js";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { Certificates } from "../../support/certificates.js";
import { type MilvusAnswer, MilvusServer, wellMilvus } from "../../support/milvus-server.js";
import { createCheck, runOnce } from "../../support/run-check.js";

const servers: MilvusServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.stop();
});
const certificates = new Certificates();
afterAll(() => certificates.remove());

async function start(answers: Readonly<Record<string, MilvusAnswer>> = {}, credentials?: ServerCredentials) {
  const server = new MilvusServer();
  servers.push(server);
  server.answers = { ...wellMilvus, ...answers };
  const address = await server.listen(credentials);
  const ask = (options: object = {}, signal?: AbortSignal) =>
    runOnce(createCheck("milvus", { address, collections: ["documents"], ...options }), signal);
  return { server, address, ask };
}

const fields = (given: object): MilvusAnswer => ({ fields: given });

describe("milvus check", () => {
  it("is healthy when the collections are loaded", async () => {
    const { address, ask } = await start();
    const result = await ask();
    expect(result).toMatchObject({
      status: "healthy",
      metadata: { version: "2.6.4" },
      readings: { loadedCollections: { ok: true, value: 1 }, responseSeconds: { ok: true } },
      series: { entities: [{ labels: { collection: "documents" }, value: 7 }] },
    });
    expect(result.message).toContain(`${address} is healthy, documents has 7 entities, as it said in `);
  });

  it.each([
    [
      "CheckHealth",
      fields({ isHealthy: false, reasons: ["querynode is not healthy", "no leader"] }),
      "unhealthy",
      "not_healthy",
      "it is unhealthy: querynode is not healthy; no leader",
    ],
    ["CheckHealth", fields({ isHealthy: false }), "unhealthy", "not_healthy", "gives no reason"],
    [
      "CheckHealth",
      fields({ status: { code: 1, reason: "service not ready" } }),
      "unhealthy",
      "milvus_error",
      "code 1: service not ready",
    ],
    [
      "CheckHealth",
      fields({ isHealthy: true, quota_states: ["DenyToWrite"], reasons: ["memory"] }),
      "degraded",
      "quota_limited",
      "DenyToWrite (memory)",
    ],
    [
      "CheckHealth",
      fields({ isHealthy: true, quota_states: ["DenyToWrite", "DenyToRead"] }),
      "unhealthy",
      "reads_denied",
      "DenyToWrite, DenyToRead",
    ],
    [
      "GetLoadState",
      fields({ state: "LoadStateLoading" }),
      "unhealthy",
      "collection_loading",
      "documents is loading; 0 of 1",
    ],
    [
      "GetLoadState",
      fields({ state: "LoadStateNotLoad" }),
      "unhealthy",
      "collection_not_loaded",
      "documents is not loaded",
    ],
    [
      "GetLoadState",
      fields({ state: "LoadStateNotExist" }),
      "unhealthy",
      "collection_not_found",
      "documents is missing",
    ],
    [
      "GetLoadState",
      fields({ status: { code: 100, reason: "not found" } }),
      "unhealthy",
      "collection_not_found",
      "is missing",
    ],
    [
      "GetLoadState",
      fields({ status: { error_code: 4, reason: "can't find" } }),
      "unhealthy",
      "collection_not_found",
      "is missing",
    ],
    [
      "GetLoadState",
      fields({ status: { code: 800, reason: "database not found" } }),
      "unhealthy",
      "database_not_found",
      "code 800: database not found",
    ],
    [
      "GetLoadState",
      fields({ status: { code: 1401, reason: "no privilege" } }),
      "unhealthy",
      "permission_denied",
      "no privilege",
    ],
    [
      "GetCollectionStatistics",
      fields({ stats: [{ key: "row_count", value: "0" }] }),
      "degraded",
      "collection_empty",
      "no entities in documents",
    ],
    ["GetCollectionStatistics", fields({}), "healthy", "ok", "documents is loaded"],
    [
      "CheckHealth",
      { code: status.UNAUTHENTICATED, details: "auth check failure" },
      "unhealthy",
      "authentication_failed",
      "status 16: auth check failure",
    ],
    [
      "CheckHealth",
      { code: status.UNIMPLEMENTED, details: "unknown service" },
      "unhealthy",
      "not_milvus",
      "unknown service",
    ],
    ["CheckHealth", { code: status.INTERNAL, details: "panic" }, "unhealthy", "rpc_failed", "panic"],
    ["CheckHealth", Buffer.from([0x0a, 0x7f]), "unhealthy", "not_milvus", "no message of Milvus"],
  ] as const)("%s %j: %s %s", async (method, answer, expected, reason, said) => {
    const { ask } = await start({ [method]: answer });
    const result = await ask();
    expect(result).toMatchObject({ status: expected, reason });
    expect(result.message).toContain(said);
  });

  it("says who it is and which database it means, and tells nobody the password", async () => {
    const refusal = { code: status.UNAUTHENTICATED, details: "no user with reader:s3cret-pw, s3cret-pw" };
    const { server, ask } = await start();
    await ask({ username: "reader", password: "s3cret-pw", database: "rag" });
    const authorization = Buffer.from("reader:s3cret-pw").toString("base64");
    for (const metadata of server.seen) expect(metadata).toMatchObject({ authorization, dbname: "rag" });
    server.seen.length = 0;
    await ask({ token: "the-api-key" });
    expect(server.seen[0]).toMatchObject({ authorization: Buffer.from("the-api-key").toString("base64") });
    expect(server.seen[0]).not.toHaveProperty("dbname");
    server.answers = { ...wellMilvus, CheckHealth: refusal };
    const refused = await ask({ username: "reader", password: "s3cret-pw" });
    expect(refused).toMatchObject({ status: "unhealthy", reason: "authentication_failed" });
    expect(JSON.stringify(refused)).not.toMatch(/s3cret-pw/);
    expect(() => createCheck("milvus", { address: "a:1", token: "a", username: "b", password: "c" })).toThrow("either");
    expect(() => createCheck("milvus", { address: "a:1", username: "b" })).toThrow("either");
  });

  it("speaks TLS, and shows its certificate", async () => {
    const authority = certificates.authority("milvus-authority");
    const ofServer = certificates.issue({ name: "milvus-server", issuer: authority });
    const ofClient = certificates.issue({ name: "milvus-client", issuer: authority });
    const pair = { private_key: readFileSync(ofServer.key), cert_chain: readFileSync(ofServer.cert) };
    const mutual = ServerCredentials.createSsl(readFileSync(authority.cert), [pair], true);
    const { ask } = await start({}, mutual);
    const ca = authority.cert;
    expect(await ask({ tls: { ca, cert: ofClient.cert, key: ofClient.key } })).toMatchObject({ status: "healthy" });
    expect(await ask({ tls: { ca } })).toMatchObject({ status: "unhealthy" });
    expect(await ask({ tls: {} })).toMatchObject({ status: "unhealthy", reason: "certificate_untrusted" });
    expect(await ask()).toMatchObject({ status: "unhealthy" });
  });

  it("is over at the deadline where a call is never answered", async () => {
    const { server, address, ask } = await start({ GetLoadState: "never" });
    const deadline = new AbortController();
    const running = ask({}, deadline.signal);
    await expect.poll(() => server.seen.length).toBe(3);
    deadline.abort();
    const result = await running;
    expect(result).toMatchObject({ status: "unhealthy", reason: "timeout" });
    expect(result.message).toContain(`${address}: connected, but no answer after`);
  });
});
