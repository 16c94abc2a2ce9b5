import { isIP } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { Address } from "../../core/address.js";
import { displayedUrl, type HttpRequest, type HttpResponse, onBody, ownHeaders } from "./http-message.js";
import { type Http2Connection, openHttp2 } from "./http2-connection.js";
import { deadlineError, networkError } from "./network-error.js";
import type { Deadline } from "./open-socket.js";

/** As `exchange` of http-request.ts, over HTTP/2. */
export async function exchangeHttp2(request: HttpRequest, deadline: Deadline): Promise<HttpResponse> {
  const { url } = request;
  const startedAtMs = deadline.clock.nowMs();
  const target = { address: addressOf(request), where: displayedUrl(url) };
  const connection = await openHttp2(target, url.protocol === "https:" ? tlsOf(request) : undefined, deadline);
  try {
    return await ask(connection, request, deadline, startedAtMs);
  } finally {
    connection.close();
  }
}

const addressOf = ({ url, socketPath }: HttpRequest): Address =>
  socketPath === undefined ? { kind: "tcp", ...addressOfUrl(url) } : { kind: "unix", path: socketPath };

const addressOfUrl = (url: URL) => ({
  host: url.hostname.replace(/^\[|\]$/g, ""),
  port: url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port),
});

/** Behind a Unix socket the URL alone says whose certificate is expected. */
function tlsOf({ url, tls }: HttpRequest): ConnectionOptions {
  const { host } = addressOfUrl(url);
  return { ...(isIP(host) === 0 ? { servername: host } : {}), ...tls };
}

function ask(
  connection: Http2Connection,
  request: HttpRequest,
  { clock, signal }: Deadline,
  startedAtMs: number,
): Promise<HttpResponse> {
  const { url, method, headers, body } = request;
  const where = displayedUrl(url);
  const elapsedMs = () => clock.nowMs() - startedAtMs;
  const { host = url.host, ...others } = headers;

  return new Promise((resolve, reject) => {
    let phase = "connected, but no answer";
    const stream = connection.request({
      ":method": method,
      ":scheme": url.protocol.slice(0, -1),
      ":authority": host,
      ":path": `${url.pathname}${url.search}`,
      ...basicAuthorization(url),
      ...ownHeaders,
      ...others,
    });
    const onAbort = () => reject(deadlineError(where, phase, elapsedMs()));
    const fail = (error: unknown) => {
      signal.removeEventListener("abort", onAbort);
      reject(networkError(error, where, elapsedMs()));
    };
    stream.on("error", fail);
    // A session that ends takes its streams along, without a word where the other side said none.
    stream.on("close", () => fail({ code: "ECONNRESET" }));
    stream.on("response", (answer) => {
      const status = answer[":status"] ?? 0;
      phase = `status ${status}, but the body did not end`;
      onBody(stream, request, (bodyStart) => {
        signal.removeEventListener("abort", onAbort);
        resolve({ status, headers: answer, bodyStart });
      });
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    stream.end(body);
  });
}

/** User and password of the URL, which node:http sends by itself. */
function basicAuthorization({ username, password }: URL): { readonly authorization?: string } {
  if (username === "" && password === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair, "utf8").toString("base64")}` };
}
