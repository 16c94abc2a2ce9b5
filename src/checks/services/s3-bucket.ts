import { deadlineError, networkError } from "../common/network-error.js";
import type { Deadline } from "../common/open-socket.js";
import { untilAborted } from "../common/until-aborted.js";
import { loadDriver } from "../driver.js";
import { CheckError } from "../result.js";
import { type BucketTarget, type KeptClient, type Sdk, s3Driver } from "./s3-client.js";
import { bucketError, isAnswer, statusOf } from "./s3-error.js";

/**
 * The region of the bucket, where the server tells it, after a signed HEAD.
 *
 * @throws CheckError as `s3-error.ts` has them, `no_credentials`, `region_missing`, `driver_missing`, and those of
 * `network-error.ts`.
 */
export async function headBucket(
  kept: KeptClient,
  target: BucketTarget,
  { clock, signal }: Deadline,
): Promise<string | undefined> {
  const startedAtMs = clock.nowMs();
  const elapsedMs = () => clock.nowMs() - startedAtMs;
  const sdk = await loadDriver<Sdk>(s3Driver);
  const client = kept.clientFor(sdk, target);
  // The signal closes the connection; while the SDK still looks for credentials it knows no signal.
  const inTime = <T>(work: Promise<T>): Promise<T> =>
    untilAborted(work, signal, () => deadlineError(target.where, "no answer", elapsedMs()));
  const input = { Bucket: target.bucket };
  const options = { abortSignal: signal };
  try {
    const answer = await inTime(client.send(new sdk.HeadBucketCommand(input), options));
    return answer.BucketRegion;
  } catch (error) {
    if (!isAnswer(error)) throw requestError(error, target.where, elapsedMs());
    // The answer to a HEAD has no body, so it does not say why. That to a GET does. A server in trouble is left alone.
    if (statusOf(error) >= 500) throw bucketError(error, undefined, target);
    const told = await inTime(
      client.send(new sdk.GetBucketLocationCommand(input), options).catch((reason: unknown) => reason),
    );
    throw bucketError(error, told, target);
  }
}

function requestError(error: unknown, where: string, afterMs: number): CheckError {
  if (error instanceof CheckError) return error;
  const { name, message } = error as Error;
  if (name === "CredentialsProviderError") {
    return new CheckError({
      reason: "no_credentials",
      message: `${where}: the AWS SDK finds no credentials to sign with`,
      remedy: "give accessKeyId and secretAccessKey, or see whether this process has a role or a profile",
      cause: error,
    });
  }
  if (/^Region is missing/.test(message)) {
    const remedy = "give region, or set AWS_REGION";
    return new CheckError({
      reason: "region_missing",
      message: `${where}: no region to sign for`,
      remedy,
      cause: error,
    });
  }
  return networkError(error, where, afterMs);
}
