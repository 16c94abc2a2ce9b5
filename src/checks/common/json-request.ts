import { CheckError } from "../../core/check.js";
import { type Deadline, displayedUrl, exchange, type HttpRequest } from "./http-request.js";
import { oneLine } from "./one-line.js";

/** More than any answer that says how a server is. */
const maxJsonBytes = 1024 * 1024;

/**
 * What a server answers in JSON, as it stands: look at it with a schema. A body in the request is sent as JSON.
 *
 * @throws CheckError `unexpected_status` (anything but 2xx, with what the server said), `invalid_json`, and those of
 * `exchange`.
 */
export async function requestJson(
  request: Omit<HttpRequest, "body"> & { readonly body?: unknown },
  deadline: Deadline,
): Promise<unknown> {
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
  const where = displayedUrl(request.url);
  const said = oneLine(response.bodyStart, 200);
  if (response.status < 200 || response.status > 299) {
    const message = `${where} answered ${response.status}${said === "" ? "" : `: ${said}`}`;
    throw new CheckError({ reason: "unexpected_status", message });
  }
  try {
    return JSON.parse(response.bodyStart) as unknown;
  } catch (error) {
    throw new CheckError({
      reason: "invalid_json",
      message: `${where} answered what is no JSON: ${said}`,
      cause: error,
    });
  }
}
