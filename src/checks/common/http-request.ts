import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { displayedUrl, type HttpRequest, type HttpResponse, onBody, ownHeaders } from "./http-message.js";
import { exchangeHttp2 } from "./http2-request.js";
import { deadlineError, networkError } from "./network-error.js";
import type { Deadline } from "./open-socket.js";

/**
 * One request on a connection of its own, as the kubelet does it: a kept one would not show that new ones are refused.
 *
 * @throws CheckError as `network-error.ts` has them, and `http2_not_offered`.
 */
export const exchange = (request: HttpRequest, deadline: Deadline): Promise<HttpResponse> =>
  request.http2 ? exchangeHttp2(request, deadline) : exchangeHttp1(request, deadline);

function exchangeHttp1(request: HttpRequest, { clock, signal }: Deadline): Promise<HttpResponse> {
  const { url, method, headers, body, tls, socketPath } = request;
  const where = displayedUrl(url);
  const startedAtMs = clock.nowMs();
  const elapsedMs = () => clock.nowMs() - startedAtMs;
  const isTls = url.protocol === "https:";

  return new Promise((resolve, reject) => {
    let phase = "no connection";
    const outgoing = (isTls ? httpsRequest : httpRequest)(url, {
      method,
      headers: { ...ownHeaders, ...headers },
      agent: false,
      ...(socketPath === undefined ? {} : { socketPath }),
      ...(isTls ? tls : {}),
    });
    const onAbort = () => {
      reject(deadlineError(where, phase, elapsedMs()));
      outgoing.destroy();
    };
    const fail = (error: unknown) => {
      signal.removeEventListener("abort", onAbort);
      reject(networkError(error, where, elapsedMs()));
    };
    const succeed = ({ statusCode, headers }: IncomingMessage, bodyStart: string) => {
      signal.removeEventListener("abort", onAbort);
      outgoing.destroy();
      resolve({ status: statusCode ?? 0, headers, bodyStart });
    };
    outgoing.on("error", fail);
    outgoing.on("socket", (socket) => {
      socket.once("connect", () => {
        phase = isTls ? "connected, but no TLS handshake" : "connected, but no answer";
      });
      if (isTls) {
        socket.once("secureConnect", () => {
          phase = "connected, but no answer";
        });
      }
    });
    outgoing.on("response", (response) => {
      phase = `status ${response.statusCode}, but the body did not end`;
      response.on("error", fail);
      onBody(response, request, (bodyStart) => succeed(response, bodyStart));
    });
    // The answer 101: what follows is another protocol, and no body.
    outgoing.on("upgrade", (response, socket) => {
      socket.destroy();
      succeed(response, "");
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    outgoing.end(body);
  });
}
