import { mkdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, expect, it, vi } from "vitest";
import type { Result } from "../../../src/core/result.js";
import { Certificates } from "../../support/certificates.js";
import { createCheck, runOnce } from "../../support/run-check.js";
import { eventually } from "../support/eventually.js";
import { refusingAddress, silentServer } from "../support/fake-servers.js";
import { FreezingProxy } from "../support/freezing-proxy.js";
import { get } from "../support/http.js";
import { type RunningProcess, start } from "../support/processes.js";
import { startServingServer, temporaryFile, temporaryFolder } from "../support/program.js";
import { servingStatus } from "../support/raw-grpc.js";
import { describeWith, toolPath } from "../support/tools.js";
import { Watcher } from "../support/watcher.js";

const { serving, notServing } = servingStatus;
const accessKeyId = "model-reader";
const secretAccessKey = "s3cret-of-reader";
const credentials = { accessKeyId, secretAccessKey };
const bucket = "models";

/** An S3 server with one bucket, in a folder of its own. */
class S3Server {
  private process: RunningProcess;

  private constructor(
    readonly address: string,
    readonly folder: string,
    private readonly flags: readonly string[],
  ) {
    this.process = this.start();
  }

  static async start(flags: readonly string[] = []): Promise<S3Server> {
    const folder = temporaryFolder("s3");
    mkdirSync(join(folder, bucket));
    return new S3Server((await refusingAddress()).address, folder, flags);
  }

  private start(): RunningProcess {
    const env = { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey };
    return start(toolPath("versitygw"), ["--port", this.address, ...this.flags, "posix", this.folder], { env });
  }

  restart(): void {
    this.process = this.start();
  }

  kill(): Promise<void> {
    return this.process.kill();
  }
}

const ask = (options: object): Promise<Result> => runOnce(createCheck("s3", { bucket, ...credentials, ...options }));
const until = (options: object, expected: object): Promise<Result> =>
  eventually(async () => {
    const result = await ask(options);
    expect(result).toMatchObject(expected);
    return result;
  });

const certificates = new Certificates();
afterAll(() => certificates.remove());
afterEach(() => vi.unstubAllEnvs());

describeWith(["versitygw"], "s3", () => {
  it("is NOT_SERVING while the server is down, and serves again", async () => {
    const s3 = await S3Server.start();
    await until({ endpoint: `http://${s3.address}` }, { status: "healthy" });
    const config = `
gpu: { mode: off }
checks:
  models:
    type: s3
    endpoint: http://${s3.address}
    bucket: ${bucket}
    accessKeyId: ${accessKeyId}
    secretAccessKey: "file:${temporaryFile("secret", `${secretAccessKey}\n`)}"
    interval: 300ms
    timeout: 300ms
    failureThreshold: 1
components: { store: { critical: [models] } }
`;
    const server = await startServingServer({ config });
    const watcher = new Watcher(server.grpc, "store");
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
    await s3.kill();
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(notServing));
    await eventually(async () => expect((await get(server.http, "/readyz")).text).toContain("connection_refused"));
    s3.restart();
    await eventually(() => expect(watcher.statuses.at(-1)).toBe(serving));
    expect(server.process.stderr).toBe("");
    expect(server.process.stdout).not.toContain(secretAccessKey);
  });

  it("says why a bucket cannot be reached", async () => {
    const s3 = await S3Server.start();
    const endpoint = `http://${s3.address}`;
    const well = await until({ endpoint }, { status: "healthy", metadata: { bucket, region: "us-east-1" } });
    expect(well.message).toMatch(new RegExp(`^${endpoint}/${bucket} answered a signed HEAD in [0-9.]+ m?s$`));

    const wrong = await ask({ endpoint, secretAccessKey: "guessed-5678" });
    expect(wrong).toMatchObject({ status: "unhealthy", reason: "authentication_failed" });
    expect(wrong.message).toContain(`${endpoint}/${bucket} answered 403 (SignatureDoesNotMatch: `);
    const stranger = await ask({ endpoint, accessKeyId: "stranger" });
    expect(stranger).toMatchObject({ status: "unhealthy", reason: "authentication_failed" });
    expect(JSON.stringify([wrong, stranger])).not.toMatch(/guessed-5678|s3cret-of-reader|stranger/);

    expect(await ask({ endpoint, bucket: "missing" })).toMatchObject({
      status: "unhealthy",
      reason: "bucket_not_found",
      message: expect.stringContaining(`${endpoint}/missing answered 404 (NoSuchBucket: `),
    });
    expect(await ask({ endpoint, region: "eu-west-1" })).toMatchObject({ status: "unhealthy", reason: "wrong_region" });
    expect(await ask({ endpoint, minio: true })).toMatchObject({ status: "unhealthy", reason: "minio_not_live" });

    rmdirSync(join(s3.folder, bucket));
    expect(await ask({ endpoint })).toMatchObject({ status: "unhealthy", reason: "bucket_not_found" });
    mkdirSync(join(s3.folder, bucket));
    expect(await ask({ endpoint })).toMatchObject({ status: "healthy" });
  });

  it("signs with what the SDK finds where no keys are given", async () => {
    const s3 = await S3Server.start();
    const endpoint = `http://${s3.address}`;
    await until({ endpoint }, { status: "healthy" });
    const found = () => runOnce(createCheck("s3", { bucket, endpoint }));
    vi.stubEnv("AWS_ACCESS_KEY_ID", accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", secretAccessKey);
    expect(await found()).toMatchObject({ status: "healthy" });
    vi.stubEnv("AWS_ACCESS_KEY_ID", undefined);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", undefined);
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    vi.stubEnv("HOME", temporaryFolder("home"));
    expect(await found()).toMatchObject({ status: "unhealthy", reason: "no_credentials" });
  });

  it("is over at the deadline where the server is frozen, and well when it goes on", async () => {
    const s3 = await S3Server.start();
    await until({ endpoint: `http://${s3.address}` }, { status: "healthy" });
    const proxy = new FreezingProxy();
    const address = await proxy.listen(s3.address);
    const check = createCheck("s3", { bucket, endpoint: `http://${address}`, ...credentials });
    expect(await runOnce(check)).toMatchObject({ status: "healthy" });
    proxy.freeze();
    const frozen = await runOnce(check, AbortSignal.timeout(300));
    expect(frozen).toMatchObject({ status: "unhealthy", reason: "timeout" });
    expect(frozen.message).toContain(`http://${address}/${bucket}: no answer after`);

    const silent = (await silentServer()).address;
    const half = createCheck("s3", { bucket, endpoint: `http://${silent}`, ...credentials });
    expect(await runOnce(half, AbortSignal.timeout(300))).toMatchObject({ status: "unhealthy", reason: "timeout" });
    expect(await ask({ endpoint: `http://${(await refusingAddress()).address}` })).toMatchObject({
      status: "unhealthy",
      reason: "connection_refused",
    });
  });

  it("is trusted by its certificate", async () => {
    const authority = certificates.authority("s3-authority");
    const { cert, key } = certificates.issue({ name: "s3-server", issuer: authority });
    const s3 = await S3Server.start(["--cert", cert, "--key", key]);
    const endpoint = `https://${s3.address}`;
    await until({ endpoint, tls: { ca: authority.cert } }, { status: "healthy" });
    expect(await ask({ endpoint })).toMatchObject({ status: "unhealthy", reason: "certificate_untrusted" });
    expect(await ask({ endpoint, tls: { verify: false } })).toMatchObject({ status: "healthy" });
  });
});
