import type { Clock } from "../../core/clock.js";
import { healthy, present } from "../../core/result.js";
import { formatDuration } from "../../core/units.js";
import { defineCheck } from "../check-type.js";
import { authorizationHeader } from "../common/http-auth.js";
import { displayedUrl, type HttpRequest } from "../common/http-message.js";
import { secretsIn } from "../common/http-secrets.js";
import { resolveSecret } from "../common/secret.js";
import { readTls } from "../common/tls-options.js";
import type { Check, Result } from "../result.js";
import { type Complaint, complaintAbout, judgesBody } from "./http-expect.js";
import { type HttpOptions, httpOptions } from "./http-options.js";
import { followRedirects } from "./http-redirects.js";

export const http = defineCheck<HttpOptions>({
  type: "http",
  summary: "A URL answers as expected, over a new connection each time.",
  reasons: [
    "connections",
    "tls",
    "http",
    "http2_not_offered",
    "invalid_redirect",
    "protocol_error",
    "secret_unreadable",
    "too_many_redirects",
    "unexpected_status",
  ],
  options: httpOptions,
  readings: {
    responseSeconds: { metric: "http_response", unit: "seconds", help: "Time until the answer was complete." },
  },
  create: (given, { clock }) => new HttpCheck(given, clock),
});

/** Where an answer's body is judged, this much of it. */
const judgedBodyBytes = 1024 * 1024;

class HttpCheck implements Check {
  constructor(
    private readonly given: HttpOptions,
    private readonly clock: Clock,
  ) {}

  async run(signal: AbortSignal): Promise<Result> {
    const { redirect, expect } = this.given;
    const startedAtMs = this.clock.nowMs();
    const request = await this.request(signal);
    const { url, ...answer } = await followRedirects(request, redirect, { clock: this.clock, signal });
    const elapsedMs = this.clock.nowMs() - startedAtMs;
    const complaint = complaintAbout({ ...answer, elapsedMs, secrets: secretsIn(request) }, expect);
    return judge(displayedUrl(url), complaint, answer.status, elapsedMs);
  }

  private async request(signal: AbortSignal): Promise<HttpRequest> {
    const { url, method, headers, auth, body, tls, http2, unixSocket, expect } = this.given;
    const resolved = await Promise.all(
      Object.entries(headers).map(
        async ([name, value]) => [name.toLowerCase(), await resolveSecret(value, signal)] as const,
      ),
    );
    return {
      url: new URL(url),
      method,
      headers: { ...Object.fromEntries(resolved), ...(await authorizationHeader(auth, signal)) },
      body,
      http2,
      socketPath: unixSocket,
      ...(tls === undefined ? {} : { tls: await readTls(tls, signal) }),
      ...(judgesBody(expect) ? { keepBodyBytes: judgedBodyBytes } : {}),
    };
  }
}

/** What is slow still answers: traffic may flow. */
function judge(where: string, complaint: Complaint | undefined, status: number, elapsedMs: number): Result {
  const readings = { responseSeconds: present(elapsedMs / 1000) };
  if (complaint === undefined) return healthy(`${where} answered ${status} in ${formatDuration(elapsedMs)}`, readings);
  const { reason, said } = complaint;
  return {
    status: reason === "slow_response" ? "degraded" : "unhealthy",
    reason,
    message: `${where} ${said}`,
    readings,
  };
}
