import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { ConnectionOptions } from "node:tls";
import { isDeepStrictEqual } from "node:util";
import type { S3Client } from "@aws-sdk/client-s3";
import type { Driver } from "../driver.js";

/** The AWS SDK: it signs, and finds credentials where programs on AWS have them. */
export const s3Driver: Driver = { package: "@aws-sdk/client-s3", version: "^3.1000.0" };

export type Sdk = typeof import("@aws-sdk/client-s3");

export interface BucketTarget {
  readonly bucket: string;
  /** How messages name the bucket. */
  readonly where: string;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly pathStyle: boolean;
  /** Undefined: the SDK finds them. */
  readonly credentials:
    | { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string }
    | undefined;
  readonly tls: ConnectionOptions | undefined;
}

/**
 * The SDK's client, kept between runs since it keeps the credentials that it found until they end. Credentials or
 * certificates that were replaced bring a new one.
 */
export class KeptClient {
  private kept: { readonly target: BucketTarget; readonly client: S3Client } | undefined;

  clientFor(sdk: Sdk, target: BucketTarget): S3Client {
    if (this.kept !== undefined && isDeepStrictEqual(this.kept.target, target)) return this.kept.client;
    this.close();
    // It warns on standard error of Node versions that a later SDK will not support.
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
    const { endpoint, region, pathStyle, credentials, tls } = target;
    const client = new sdk.S3Client({
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(region === undefined ? {} : { region }),
      // A copy: the SDK writes into what it is given.
      ...(credentials === undefined ? {} : { credentials: { ...credentials } }),
      forcePathStyle: pathStyle,
      maxAttempts: 1,
      // A connection of its own for each request: a kept one would not show that new ones are refused.
      requestHandler: {
        httpAgent: new HttpAgent({ keepAlive: false }),
        httpsAgent: new HttpsAgent({ keepAlive: false, ...tls }),
      },
    });
    this.kept = { target, client };
    return client;
  }

  close(): void {
    this.kept?.client.destroy();
    this.kept = undefined;
  }
}
