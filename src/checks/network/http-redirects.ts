import type { ConnectionOptions } from "node:tls";
import { displayedUrl, type HttpRequest, type HttpResponse } from "../common/http-message.js";
import { exchange } from "../common/http-request.js";
import type { Deadline } from "../common/open-socket.js";
import { CheckError } from "../result.js";

/** An answer, and the URL that gave it, after redirects. */
export interface HttpAnswer extends HttpResponse {
  readonly url: URL;
}

const maxRedirects = 5;

/** Headers that are meant for one origin only. */
const privateHeaders: ReadonlySet<string> = new Set(["authorization", "cookie", "proxy-authorization", "host"]);

/**
 * The answer to a request, and to what it redirects to where `mode` is `follow`.
 *
 * @throws CheckError `redirected` (mode `error`), `too_many_redirects`, `invalid_redirect`, and those of `exchange`.
 */
export async function followRedirects(
  first: HttpRequest,
  mode: "follow" | "error" | "manual",
  deadline: Deadline,
): Promise<HttpAnswer> {
  let request = first;
  for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
    const response = await exchange(request, deadline);
    const {
      status,
      headers: { location },
    } = response;
    if (mode === "manual" || !isRedirect(status) || location === undefined) return { ...response, url: request.url };
    const target = resolveLocation(location, request.url);
    if (mode === "error") {
      const message = `${displayedUrl(request.url)} answered ${status}, a redirect to ${displayedUrl(target)}`;
      throw new CheckError({ reason: "redirected", message, remedy: "check the URL that it redirects to" });
    }
    request = redirected(request, status, target);
  }
  const message = `${displayedUrl(first.url)} redirects more than ${maxRedirects} times`;
  throw new CheckError({ reason: "too_many_redirects", message });
}

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

function resolveLocation(location: string, from: URL): URL {
  if (URL.canParse(location, from.href)) {
    const target = new URL(location, from);
    if (/^https?:$/.test(target.protocol)) return target;
  }
  const message = `${displayedUrl(from)} redirects to what is no HTTP URL`;
  throw new CheckError({ reason: "invalid_redirect", message });
}

/**
 * The next request, as the Fetch standard has it: POST becomes GET on 301 and 302, any method but HEAD on 303. Another
 * origin gets neither credentials nor the certificate of this check, and is not behind the same Unix socket.
 */
function redirected(request: HttpRequest, status: number, target: URL): HttpRequest {
  const { url, method, headers, body, tls, socketPath, ...rest } = request;
  const becomesGet = (status === 303 && method !== "HEAD") || ((status === 301 || status === 302) && method === "POST");
  const isSameOrigin = target.origin === url.origin;
  const kept = Object.entries(headers).filter(
    ([name]) => (isSameOrigin || !privateHeaders.has(name)) && !(becomesGet && name.startsWith("content-")),
  );
  return {
    ...rest,
    url: target,
    method: becomesGet ? "GET" : method,
    headers: Object.fromEntries(kept),
    body: becomesGet ? undefined : body,
    ...(isSameOrigin ? { tls, socketPath } : { tls: trustAlone(tls) }),
  };
}

const trustAlone = ({ ca, rejectUnauthorized }: ConnectionOptions = {}): ConnectionOptions => ({
  ...(ca === undefined ? {} : { ca }),
  ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
});
