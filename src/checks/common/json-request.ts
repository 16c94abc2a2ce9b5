import { oneLine } from "../../core/one-line.js";
import type { HttpRequest, HttpResponse } from "./http-message.js";
import { exchange } from "./http-request.js";
import type { Deadline } from "./open-socket.js";
import { withoutSecrets } from "./secret.js";

/** A request whose body, where it has one, is sent as JSON. */
export type JsonRequest = Omit<HttpRequest, "body"> & { readonly body?: unknown };

/** An answer of any status. */
export interface JsonResponse {
  readonly status: number;
  readonly headers: HttpResponse["headers"];
  /** The body, as it stands: look at it with a schema. Undefined where it is no JSON. */
  readonly json: unknown;
  /** The body as it stands, up to 1 MiB. */
  readonly text: string;
  /** The beginning of the body in one line, for messages. */
  readonly said: string;
}

/** More than any answer that says how a server is. */
const maxJsonBytes = 1024 * 1024;

/**
 * What a server answers in JSON, whatever its status. The secrets are left out of `said`.
 *
 * @throws CheckError those of `exchange`.
 */
export async function exchangeJson(
  request: JsonRequest,
  deadline: Deadline,
  secrets: readonly string[] = [],
): Promise<JsonResponse> {
  const { body, headers, ...rest } = request;
  const response = await exchange(
    {
      ...rest,
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      keepBodyBytes: maxJsonBytes,
    },
    deadline,
  );
  const { status, bodyStart } = response;
  return {
    status,
    headers: response.headers,
    json: parsed(bodyStart),
    text: bodyStart,
    said: oneLine(withoutSecrets(bodyStart, secrets), 200),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
