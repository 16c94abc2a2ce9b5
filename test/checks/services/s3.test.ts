import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { KeptClient } from "../../../src/checks/services/s3-client.js";
import { bucketError } from "../../../src/checks/services/s3-error.js";
import { createCheck, runOnce } from "../../support/run-check.js";
import { type Routes, WireServer } from "../../support/wire-server.js";

const credentials = { accessKeyId: "the-key-id", secretAccessKey: "the-s3cret", sessionToken: "the-t0ken" };
const bucket = {
  bucket: "models",
  where: "s3://models",
  endpoint: undefined,
  region: undefined,
  pathStyle: false,
  credentials,
  tls: undefined,
};
const answer = (name: string, httpStatusCode: number, message = "said") => ({
  name,
  message,
  $metadata: { httpStatusCode },
});

describe("what a refused HEAD comes to", () => {
  it.each([
    [403, answer("InvalidAccessKeyId", 403), "authentication_failed"],
    [403, answer("AccessDenied", 403), "permission_denied"],
    [403, { $metadata: { httpStatusCode: 200 } }, "permission_denied"],
    [403, answer("RequestTimeTooSkewed", 403), "clock_skewed"],
    [404, answer("NoSuchBucket", 404), "bucket_not_found"],
    [404, new Error("broken off"), "bucket_not_found"],
    [301, answer("PermanentRedirect", 301), "wrong_region"],
    [503, answer("SlowDown", 503), "server_error"],
    [418, answer("Teapot", 418), "unexpected_status"],
  ])("%i, then %o: %s", (status, told, reason) => {
    expect(bucketError(answer("Unknown", status), told, bucket)).toMatchObject({ reason });
  });

  it("never repeats what is secret", () => {
    const told = answer("AccessDenied", 403, "the-key-id signed with the-s3cret and the-t0ken");
    const error = bucketError(answer("Unknown", 403), told, bucket);
    expect(error.message).toBe("s3://models answered 403 (AccessDenied: … signed with … and …)");
  });
});

/** As MinIO's documentation has its health endpoints: a status, and no body. */
const minio: Routes = {
  "GET /minio/health/live": { body: "" },
  "GET /minio/health/ready": { body: "" },
  "HEAD /models/": { body: "" },
};

describe("s3 check", () => {
  const start = async (routes: Routes) => {
    const server = new WireServer(routes);
    return { server, options: { endpoint: await server.listen(), bucket: "models", ...credentials } };
  };

  it("asks MinIO first where it is told to", async () => {
    const { server, options } = await start(minio);
    expect(await runOnce(createCheck("s3", { ...options, minio: true }))).toMatchObject({ status: "healthy" });
    expect(server.seen.map(({ method, path }) => `${method} ${path}`)).toEqual(Object.keys(minio));
    const [live, , head] = server.seen;
    expect(live?.headers.authorization).toBeUndefined();
    expect(head?.headers.authorization).toContain("Credential=the-key-id/");
    expect(head?.headers["x-amz-security-token"]).toBe("the-t0ken");

    server.routes = { ...minio, "GET /minio/health/ready": { status: 503, body: "" } };
    const unready = await runOnce(createCheck("s3", { ...options, minio: true }));
    expect(unready).toMatchObject({ status: "unhealthy", reason: "minio_not_ready" });
    expect(unready.message).toBe(`${server.origin}/minio/health/ready answered 503, expected 200`);
  });

  it("keeps the credentials as they were given, which the SDK does not", async () => {
    const { options } = await start(minio);
    const target = { ...bucket, ...options, pathStyle: true, region: "us-east-1", credentials: { ...credentials } };
    const kept = new KeptClient();
    const sdk = await import("@aws-sdk/client-s3");
    const client = kept.clientFor(sdk, target);
    await client.send(new sdk.HeadBucketCommand({ Bucket: "models" }));
    expect(target.credentials).toEqual(credentials);
    expect(kept.clientFor(sdk, { ...target, credentials: { ...credentials } })).toBe(client);
    kept.close();
  });

  it("does not try again by itself", async () => {
    const { server, options } = await start({ ...minio, "HEAD /models/": { status: 500, body: "" } });
    expect(await runOnce(createCheck("s3", options))).toMatchObject({ status: "unhealthy", reason: "server_error" });
    expect(server.seen.map(({ method }) => method)).toEqual(["HEAD"]);
  });

  it("signs with the keys that are in the file now", async () => {
    const folder = await mkdtemp(join(tmpdir(), "s3-check-"));
    const path = join(folder, "key");
    const { server, options } = await start(minio);
    const check = createCheck("s3", { ...options, accessKeyId: `file:${path}` });
    for (const id of ["first-id", "second-id"]) {
      writeFileSync(path, id);
      expect(await runOnce(check)).toMatchObject({ status: "healthy" });
      expect(server.seen.at(-1)?.headers.authorization).toContain(`Credential=${id}/`);
    }
    await check.stop?.();
    await rm(folder, { recursive: true });
  });

  it.each([
    [{ accessKeyId: "a" }, "come together"],
    [{ sessionToken: "a" }, "belongs to"],
    [{ minio: true }, "needs `endpoint`"],
  ])("%j is refused", (options, problem) => {
    expect(() => createCheck("s3", { bucket: "models", ...options })).toThrow(problem);
  });
});
