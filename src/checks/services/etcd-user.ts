import type { ConnectionOptions } from "node:tls";
import { z } from "zod";
import { oneLine } from "../../core/one-line.js";
import { isSuccess } from "../common/http-api.js";
import { displayedUrl } from "../common/http-message.js";
import { urlBelow } from "../common/http-url.js";
import { exchangeJson, type JsonResponse } from "../common/json-request.js";
import type { Deadline } from "../common/open-socket.js";
import { withoutSecrets } from "../common/secret.js";
import { CheckError } from "../result.js";

/** Where a member takes requests of clients. */
export interface EtcdEndpoint {
  readonly endpoint: string;
  readonly tls: ConnectionOptions | undefined;
}

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
 * A user of etcd, logged in at each member that asks for it. A login costs etcd a bcrypt hash, tens of milliseconds of
 * CPU, so the token is kept for as long as the member takes it.
 */
export class EtcdUser {
  private readonly tokens = new Map<string, string>();

  constructor(readonly credentials: EtcdCredentials) {}

  /** The header for this member; empty where the user has not logged in there. */
  headersFor({ endpoint }: EtcdEndpoint): Readonly<Record<string, string>> {
    const token = this.tokens.get(endpoint);
    return token === undefined ? {} : { authorization: token };
  }

  /**
   * Proves the user with a read at this member.
   *
   * @throws CheckError `read_failed`, and those of {@link EtcdUser.logIn}.
   */
  async prove(member: EtcdEndpoint, deadline: Deadline): Promise<void> {
    const kept = this.tokens.get(member.endpoint);
    if (kept !== undefined && (await this.isTaken(member, kept, deadline))) return;
    await this.logIn(member, deadline);
    const token = this.tokens.get(member.endpoint);
    if (token !== undefined) await this.isTaken(member, token, deadline);
  }

  /**
   * Leaves the user without a token where authentication is not on, as etcd's own clients do.
   *
   * @throws CheckError `authentication_failed`, and those of `exchange`.
   */
  async logIn(member: EtcdEndpoint, deadline: Deadline): Promise<void> {
    this.tokens.delete(member.endpoint);
    const token = await logIn(member, this.credentials, deadline);
    if (token !== undefined) this.tokens.set(member.endpoint, token);
  }

  /** Whether etcd takes the token; that the user may not read this key proves it as well. */
  private async isTaken(member: EtcdEndpoint, token: string, deadline: Deadline): Promise<boolean> {
    const answer = await ask(member, "/v3/kv/range", readRequest, { authorization: token }, deadline, [token]);
    if (isSuccess(answer) || errorOf(answer).code === grpcCode.permissionDenied) return true;
    if (isLoginMissing(answer)) return false;
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

/** Whether a member refuses a request for want of a login, or of one that it still knows. */
export const isLoginMissing = (answer: JsonResponse): boolean =>
  answer.status === 401 || (answer.status === 400 && /user name is empty/.test(errorOf(answer).message));

function errorOf({ json, said }: JsonResponse): { readonly code: number | undefined; readonly message: string } {
  const error = errorAnswer.safeParse(json);
  if (!error.success) return { code: undefined, message: said };
  return { code: error.data.code, message: oneLine(error.data.message ?? error.data.error ?? said, 200) };
}
