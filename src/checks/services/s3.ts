import { z } from "zod";
import type { Clock } from "../../core/clock.js";
import { oneLine } from "../../core/one-line.js";
import { healthy, present } from "../../core/result.js";
import { formatDuration } from "../../core/units.js";
import { defineCheck } from "../check-type.js";
import { displayedUrl } from "../common/http-message.js";
import { exchange } from "../common/http-request.js";
import { httpUrl, urlBelow } from "../common/http-url.js";
import { resolveSecret, secret } from "../common/secret.js";
import { readTls, refuseIdleTls, tlsOptions } from "../common/tls-options.js";
import { mapping } from "../options.js";
import { type Check, CheckError, type Result } from "../result.js";
import { headBucket } from "./s3-bucket.js";
import { type BucketTarget, KeptClient, s3Driver } from "./s3-client.js";

const options = () =>
  mapping({
    bucket: z.string().min(1).describe("The bucket that must be there, and that the credentials must reach."),
    endpoint: httpUrl().optional().describe("The URL of an S3 server; left out: Amazon's, for `region`."),
    region: z
      .string()
      .min(1)
      .optional()
      .describe(
        "The region to sign for; left out: `us-east-1` with an `endpoint`, else what the AWS SDK is configured for.",
      ),
    pathStyle: z
      .boolean()
      .optional()
      .describe("The bucket in the path instead of the host name; left out: `true` with an `endpoint`, else `false`."),
    accessKeyId: secret()
      .optional()
      .describe(
        "Left out: credentials from where the AWS SDK looks for them (environment, profile, web identity, instance).",
      ),
    secretAccessKey: secret().optional().describe("The secret of `accessKeyId`."),
    sessionToken: secret().optional().describe("The token of temporary credentials."),
    minio: z
      .boolean()
      .default(false)
      .describe("Ask MinIO's `/minio/health/live` and `/minio/health/ready` as well; needs `endpoint`."),
    tls: tlsOptions().optional().describe("For `https://`: whom to trust, and how to be trusted."),
  })
    .refine(({ accessKeyId, secretAccessKey }) => (accessKeyId === undefined) === (secretAccessKey === undefined), {
      error: "`accessKeyId` and `secretAccessKey` come together: give both or none",
    })
    .refine(({ accessKeyId, sessionToken }) => sessionToken === undefined || accessKeyId !== undefined, {
      error: "`sessionToken` belongs to `accessKeyId` and `secretAccessKey`: give all three",
    })
    .refine(({ minio, endpoint }) => !minio || endpoint !== undefined, { error: "`minio` needs `endpoint`" })
    .superRefine(({ endpoint, tls }, context) => refuseIdleTls(context, tls, [endpoint ?? "https://s3.amazonaws.com"]));

type Options = z.output<ReturnType<typeof options>>;

export const s3 = defineCheck<Options>({
  type: "s3",
  summary:
    "An S3 bucket is there and the credentials reach it, proven by a signed HEAD; on request MinIO says it is ready.",
  reasons: [
    "connections",
    "tls",
    "s3",
    "authentication_failed",
    "driver_missing",
    "protocol_error",
    "secret_unreadable",
    "server_error",
    "unexpected_status",
  ],
  options,
  driver: s3Driver,
  readings: {
    responseSeconds: { metric: "s3_response", unit: "seconds", help: "Time until the bucket's HEAD was answered." },
  },
  create: (given, { clock }) => new S3Check(given, clock),
});

class S3Check implements Check {
  private readonly client = new KeptClient();

  constructor(
    private readonly given: Options,
    private readonly clock: Clock,
  ) {}

  async run(signal: AbortSignal): Promise<Result> {
    const { bucket, endpoint, minio } = this.given;
    const target = await this.resolve(signal);
    const deadline = { clock: this.clock, signal };
    if (minio && endpoint !== undefined) {
      for (const probe of ["live", "ready"] as const) {
        const url = urlBelow(endpoint, `/minio/health/${probe}`);
        const response = await exchange(
          { url, method: "GET", headers: {}, body: undefined, tls: target.tls },
          deadline,
        );
        if (response.status !== 200) throw minioError(probe, url, response.status, response.bodyStart);
      }
    }
    const startedAtMs = this.clock.nowMs();
    const region = await headBucket(this.client, target, deadline);
    const tookMs = this.clock.nowMs() - startedAtMs;
    return {
      ...healthy(`${target.where} answered a signed HEAD in ${formatDuration(tookMs)}`, {
        responseSeconds: present(tookMs / 1000),
      }),
      metadata: { bucket, ...(region === undefined ? {} : { region }) },
    };
  }

  stop(): void {
    this.client.close();
  }

  /** Secrets and certificates are read anew for each run. */
  private async resolve(signal: AbortSignal): Promise<BucketTarget> {
    const { bucket, endpoint, region, pathStyle, accessKeyId, secretAccessKey, sessionToken, tls } = this.given;
    const read = async (text: string | undefined) => (text === undefined ? undefined : resolveSecret(text, signal));
    const [key, secretKey, token, tlsFiles] = await Promise.all([
      read(accessKeyId),
      read(secretAccessKey),
      read(sessionToken),
      tls === undefined ? undefined : readTls(tls, signal),
    ]);
    return {
      bucket,
      where: endpoint === undefined ? `s3://${bucket}` : displayedUrl(urlBelow(endpoint, `/${bucket}`)),
      endpoint,
      region: region ?? (endpoint === undefined ? undefined : "us-east-1"),
      pathStyle: pathStyle ?? endpoint !== undefined,
      credentials:
        key === undefined || secretKey === undefined
          ? undefined
          : { accessKeyId: key, secretAccessKey: secretKey, ...(token === undefined ? {} : { sessionToken: token }) },
      tls: tlsFiles,
    };
  }
}

function minioError(probe: "live" | "ready", url: URL, status: number, bodyStart: string): CheckError {
  const said = oneLine(bodyStart, 200);
  return new CheckError({
    reason: `minio_not_${probe}`,
    message: `${displayedUrl(url)} answered ${status}, expected 200${said === "" ? "" : `: ${said}`}`,
    remedy:
      status === 404 || status === 403
        ? "see whether the endpoint is MinIO's, or leave `minio` out"
        : "look at MinIO's log, and at its disks and nodes: mc admin info",
  });
}
