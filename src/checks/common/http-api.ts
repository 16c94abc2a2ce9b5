import { oneLine } from "../../core/one-line.js";
import { CheckError, type Result } from "../result.js";
import { authorizationHeader, type HttpAuth } from "./http-auth.js";
import { displayedUrl } from "./http-message.js";
import { secretsIn } from "./http-secrets.js";
import { exchangeJson, type JsonResponse } from "./json-request.js";
import type { Deadline } from "./open-socket.js";
import { withoutSecrets } from "./secret.js";
import { readTls, type TlsOptions } from "./tls-options.js";

/** An answer, who gave it, and how long that took. */
export interface Asked {
  readonly response: JsonResponse;
  /** The URL as it may be shown. */
  readonly where: string;
  readonly elapsedMs: number;
  /** What must not be quoted of the answer. */
  readonly secrets: readonly string[];
}

export interface Question {
  /** Sent as JSON, with POST; without one: GET. */
  readonly body?: unknown;
  /** Where this question has a deadline of its own, before that of the run. */
  readonly signal?: AbortSignal;
}

/** @throws CheckError as `exchangeJson` does. */
export type Ask = (url: URL, question?: Question) => Promise<Asked>;

/** Long enough for what a server says of itself, and short enough for a line of a log. */
const maxMessageLength = 500;

/**
 * One run against an HTTP API, with the authorization and the TLS files as they are now. No secret that the server
 * repeats is left in the message of the result or of the error.
 *
 * @throws CheckError those of `work`, `secret_unreadable` and `certificate_unreadable`.
 */
export async function withHttpApi(
  given: { readonly url: string; readonly auth?: HttpAuth | undefined; readonly tls?: TlsOptions | undefined },
  { clock, signal }: Deadline,
  work: (ask: Ask) => Promise<Result>,
): Promise<Result> {
  const [headers, tls] = await Promise.all([
    authorizationHeader(given.auth, signal),
    given.tls === undefined ? undefined : readTls(given.tls, signal),
  ]);
  const secrets = secretsIn({ url: new URL(given.url), headers });
  // What the server said is cut only now: half a secret is still one, and would not be recognized.
  const clean = (message: string) => oneLine(withoutSecrets(message, secrets), maxMessageLength);
  const ask: Ask = async (url, { body, signal: own = signal } = {}) => {
    const startedAtMs = clock.nowMs();
    const request = { url, method: body === undefined ? "GET" : "POST", headers, body, tls };
    const response = await exchangeJson(request, { clock, signal: own }, secrets);
    return { response, where: displayedUrl(url), elapsedMs: clock.nowMs() - startedAtMs, secrets };
  };
  try {
    const result = await work(ask);
    return { ...result, message: clean(result.message) };
  } catch (error) {
    if (!(error instanceof CheckError)) throw error;
    const { reason, remedy, cause } = error;
    throw new CheckError({ reason, message: clean(error.message), cause, ...(remedy === undefined ? {} : { remedy }) });
  }
}

export const isSuccess = ({ status }: JsonResponse): boolean => status >= 200 && status <= 299;
