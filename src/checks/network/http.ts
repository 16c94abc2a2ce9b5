import { validateHeaderName, validateHeaderValue } from "node:http";
import { z } from "zod";
import type { Check } from "../../core/check.js";
import type { Clock } from "../../core/clock.js";
import { healthy, present, type Result } from "../../core/result.js";
import { formatDuration } from "../../core/units.js";
import { defineCheckType } from "../check-type.js";
import { displayedUrl } from "../common/http-request.js";
import { httpUrl } from "../common/http-url.js";
import { oneLine } from "../common/one-line.js";
import { resolveSecret } from "../common/secret.js";
import { mapping } from "../options.js";
import { followRedirects, type HttpAnswer } from "./http-redirects.js";

const headers = z.record(z.string(), z.string()).superRefine((given, context) => {
  for (const [name, value] of Object.entries(given)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      context.addIssue({ code: "custom", path: [name], message: `not a valid HTTP header: ${message}` });
    }
  }
});

interface StatusRange {
  readonly from: number;
  readonly to: number;
}

const statusRange = z
  .unknown()
  .transform((given, context): StatusRange => {
    const [, from = "", to = from] = /^([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?$/.exec(String(given)) ?? [];
    if (from !== "" && Number(from) <= Number(to)) return { from: Number(from), to: Number(to) };
    const message = "expected an HTTP status such as 200, or a range of them such as 200-299";
    context.issues.push({ code: "custom", message, input: given });
    return z.NEVER;
  })
  .meta({ kind: "status or range" });

const options = mapping({
  url: httpUrl().describe("What to ask for."),
  method: z.enum(["GET", "HEAD", "POST", "PUT", "OPTIONS"]).default("GET").describe("The method of the request."),
  headers: headers
    .default({})
    .describe(
      "Headers of the request. A value that ends in `file:/PATH` takes the content of that file, read anew for each run.",
    ),
  body: z.string().optional().describe("The body of the request."),
  expect: mapping({
    status: z
      .preprocess((given) => (Array.isArray(given) ? given : [given]), z.array(statusRange).min(1))
      .meta({ kind: "status, range or list" })
      .prefault("200-299")
      .describe("The statuses that are healthy: one, a range, or a list of both."),
  })
    .prefault({})
    .describe("What the answer must be."),
  redirect: z
    .enum(["follow", "error", "manual"])
    .default("follow")
    .describe(
      "`follow`: up to 5 redirects; `error`: a redirect is unhealthy; `manual`: judge the redirect's own status.",
    ),
});

type Options = z.output<typeof options>;

export const http = defineCheckType<Options>({
  type: "http",
  summary: "A URL answers with an expected status, over a new connection each time.",
  options,
  readings: {
    responseSeconds: { metric: "http_response", unit: "seconds", help: "Time until the answer was complete." },
  },
  create: (given, { clock }) => new HttpCheck(given, clock),
});

class HttpCheck implements Check {
  constructor(
    private readonly given: Options,
    private readonly clock: Clock,
  ) {}

  async run(signal: AbortSignal): Promise<Result> {
    const { url, method, headers, body, redirect } = this.given;
    const startedAtMs = this.clock.nowMs();
    const resolved = await Promise.all(
      Object.entries(headers).map(
        async ([name, value]) => [name.toLowerCase(), await resolveSecret(value, signal)] as const,
      ),
    );
    const request = { url: new URL(url), method, headers: Object.fromEntries(resolved), body };
    const answer = await followRedirects(request, redirect, { clock: this.clock, signal });
    return judgeAnswer(answer, this.given.expect.status, this.clock.nowMs() - startedAtMs);
  }
}

function judgeAnswer(answer: HttpAnswer, expected: readonly StatusRange[], elapsedMs: number): Result {
  const { url, status, bodyStart } = answer;
  const readings = { responseSeconds: present(elapsedMs / 1000) };
  const where = displayedUrl(url);
  if (expected.some(({ from, to }) => from <= status && status <= to)) {
    return healthy(`${where} answered ${status} in ${formatDuration(elapsedMs)}`, readings);
  }
  const ranges = expected.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(", ");
  const said = oneLine(bodyStart, 200);
  const message = `${where} answered ${status}, expected ${ranges}${said === "" ? "" : `: ${said}`}`;
  return { status: "unhealthy", reason: "unexpected_status", message, readings };
}
