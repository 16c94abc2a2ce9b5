import { z } from "zod";
import { oneLine } from "../../core/one-line.js";
import { withoutSecrets } from "../common/secret.js";
import type { Reason } from "../reasons.js";
import { CheckError } from "../result.js";
import type { BucketTarget } from "./s3-client.js";

/** An error of the SDK that stands for an answer of the server: its HTTP status, and the code in its body. */
const answer = z.object({
  name: z.string(),
  message: z.string(),
  $metadata: z.object({ httpStatusCode: z.number() }),
});

export const isAnswer = (error: unknown): boolean => answer.safeParse(error).success;

/** Of an error that {@link isAnswer}. */
export const statusOf = (error: unknown): number => answer.parse(error).$metadata.httpStatusCode;

interface Meaning {
  readonly reason: Reason;
  readonly remedy: string;
}

const wrongCredentials: Meaning = {
  reason: "authentication_failed",
  remedy: "see whether accessKeyId and secretAccessKey are right and not expired",
};
const wrongRegion: Meaning = { reason: "wrong_region", remedy: "give the bucket's own region" };

/** Codes of S3, and of servers that speak its API, by what they mean for a person. */
const meanings: Readonly<Record<string, Meaning>> = {
  InvalidAccessKeyId: wrongCredentials,
  SignatureDoesNotMatch: wrongCredentials,
  ExpiredToken: wrongCredentials,
  InvalidToken: wrongCredentials,
  InvalidClientTokenId: wrongCredentials,
  XAdminUserNotFound: wrongCredentials,
  AccessDenied: {
    reason: "permission_denied",
    remedy: "allow these credentials s3:ListBucket on the bucket, which HEAD needs",
  },
  AllAccessDisabled: { reason: "permission_denied", remedy: "ask the owner of the bucket" },
  NoSuchBucket: { reason: "bucket_not_found", remedy: "create the bucket, or correct its name" },
  RequestTimeTooSkewed: {
    reason: "clock_skewed",
    remedy: "set the clock of this machine: signatures hold for 15 minutes",
  },
  PermanentRedirect: wrongRegion,
  AuthorizationHeaderMalformed: wrongRegion,
};

/** For servers that give no code. */
const meaningOfStatus = (status: number): Meaning => {
  if (status === 403) {
    return {
      reason: "permission_denied",
      remedy: "see whether the credentials are right, and allowed s3:ListBucket on the bucket",
    };
  }
  if (status === 404) return { reason: "bucket_not_found", remedy: "create the bucket, or correct its name" };
  if (status === 301) return wrongRegion;
  if (status >= 500) return { reason: "server_error", remedy: "look at the log of the S3 server" };
  return { reason: "unexpected_status", remedy: "see whether the endpoint is an S3 server" };
};

/** What a refused HEAD comes to. `told` is what a GET of the same bucket came to, since that says why. */
export function bucketError(refused: unknown, told: unknown, { where, credentials }: BucketTarget): CheckError {
  const status = statusOf(refused);
  const why = answer.safeParse(told);
  const known = why.success && Object.hasOwn(meanings, why.data.name) ? meanings[why.data.name] : undefined;
  const { reason, remedy } = known ?? meaningOfStatus(status);
  const said = why.success && !/^Unknown/.test(why.data.name) ? `${why.data.name}: ${why.data.message}` : "";
  const secrets = Object.values(credentials ?? {});
  return new CheckError({
    reason,
    message: `${where} answered ${status}${said === "" ? "" : ` (${withoutSecrets(oneLine(said, 200), secrets)})`}`,
    remedy,
    cause: refused,
  });
}
