import { z } from "zod";
import { CheckError } from "../../core/check.js";
import { type Deadline, displayedUrl } from "../common/http-request.js";
import { urlBelow } from "../common/http-url.js";
import { exchangeJson, type JsonResponse } from "../common/json-request.js";
import { oneLine } from "../common/one-line.js";
import { withoutSecrets } from "../common/secret.js";
import type { EtcdEndpoint } from "./etcd-member.js";

export interface EtcdCredentials {
  readonly username: string;
  readonly password: string;
}

/** Numbers of gRPC, which the gateway repeats in the body of an answer. */
const grpcCode = { failedPrecondition: 9, permissionDenied: 7 } as const;

const tokenAnswer = z.object({ token: z.string().min(1) });
const errorAnswer = z.object({ message: z.string().optional(), error: z.string().optional(), code: z.number() });

/** The key that `etcdctl endpoint health` reads as well. */
const readRequest = { key: Buffer.from("health").toString("base64"), keys_only: true };

/**
 * A user of etcd. A login costs etcd a bcrypt hash, tens of milliseconds of CPU, so the token is kept for as long as etcd
 * takes it, and a read as that user proves it.
 */
export class EtcdUser {
  private session: { readonly of: EtcdCredentials; readonly token: string } | undefined;

  /** @throws CheckError `authentication_failed`, `read_failed`, and those of `exchange`. */
  async prove(member: EtcdEndpoint, credentials: EtcdCredentials, deadline: Deadline): Promise<void> {
    const { session } = this;
    const isCurrent = session?.of.username === credentials.username && session.of.password === credentials.password;
    if (session !== undefined && isCurrent && (await this.isTaken(member, session.token, deadline))) return;
    this.session = undefined;
    const token = await logIn(member, credentials, deadline);
    if (token === undefined) return;
    await this.isTaken(member, token, deadline);
    this.session = { of: credentials, token };
  }

  /** Whether etcd takes the token; that the user may not read this key proves it as well. */
  private async isTaken(member: EtcdEndpoint, token: string, deadline: Deadline): Promise<boolean> {
    const answer = await ask(member, "/v3/kv/range", readRequest, { authorization: token }, deadline, [token]);
    if (isSuccess(answer) || errorOf(answer).code === grpcCode.permissionDenied) return true;
    if (answer.status === 401) return false;
    const where = displayedUrl(urlBelow(member.endpoint, "/v3/kv/range"));
    const message = `${where} answered ${answer.status}: ${withoutSecrets(errorOf(answer).message, [token])}`;
    throw new CheckError({ reason: "read_failed", message });
  }
}

/** The token; undefined where authentication is not on, as etcd's own clients take it. */
async function logIn(
  member: EtcdEndpoint,
  { username, password }: EtcdCredentials,
  deadline: Deadline,
): Promise<string | undefined> {
  const answer = await ask(member, "/v3/auth/authenticate", { name: username, password }, {}, deadline, [password]);
  const token = tokenAnswer.safeParse(answer.json);
  if (isSuccess(answer) && token.success) return token.data.token;
  const { code, message } = errorOf(answer);
  if (code === grpcCode.failedPrecondition && /not enabled/.test(message)) return undefined;
  const where = displayedUrl(urlBelow(member.endpoint, ""));
  throw new CheckError({
    reason: "authentication_failed",
    message: `${where} refused user ${username}: ${withoutSecrets(message, [password])}`,
    remedy: `see whether the password of ${username} is right: etcdctl user get ${username}`,
  });
}

const ask = (
  { endpoint, tls }: EtcdEndpoint,
  path: string,
  body: object,
  headers: Readonly<Record<string, string>>,
  deadline: Deadline,
  secrets: readonly string[],
): Promise<JsonResponse> =>
  exchangeJson({ url: urlBelow(endpoint, path), method: "POST", headers, body, tls }, deadline, secrets);

const isSuccess = ({ status }: JsonResponse): boolean => status >= 200 && status < 300;

function errorOf({ json, said }: JsonResponse): { readonly code: number | undefined; readonly message: string } {
  const error = errorAnswer.safeParse(json);
  if (!error.success) return { code: undefined, message: said };
  return { code: error.data.code, message: oneLine(error.data.message ?? error.data.error ?? said, 200) };
}
