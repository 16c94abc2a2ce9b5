import { formatDuration } from "../../core/units.js";
import { type Ask, type Asked, isSuccess } from "../common/http-api.js";
import { urlBelow } from "../common/http-url.js";
import { unmetExpectation } from "../common/json-expectation.js";
import type { ModelOptions } from "./model-options.js";
import type { CanaryRequest, ModelServer } from "./model-server.js";
import type { Finding } from "./model-verdict.js";

/** A canary that was answered: `finding` says what is wrong with the answer, where something is. */
export interface CanaryOutcome {
  readonly finding?: Finding;
  /** The end of a sentence on what went well. */
  readonly message: string;
  readonly elapsedMs: number;
}

/** @throws CheckError `timeout`, `canary_impossible`, and what keeps the server from being asked. */
export async function answerCanary(server: ModelServer, given: ModelOptions, ask: Ask): Promise<CanaryOutcome> {
  const { url, body, verify } = await canaryRequest(server, given, ask);
  const asked = await ask(url, { body });
  const message = `the canary was answered in ${formatDuration(asked.elapsedMs)}`;
  const finding = judge(asked, verify, given);
  return { ...(finding === undefined ? {} : { finding }), message, elapsedMs: asked.elapsedMs };
}

async function canaryRequest(server: ModelServer, given: ModelOptions, ask: Ask): Promise<CanaryRequest> {
  const { body, path = server.canaryPath(given) } = given.canary ?? {};
  if (body !== undefined || server.canary === undefined) {
    return { url: urlBelow(given.url, path), body, verify: () => undefined };
  }
  return server.canary(given, given, ask);
}

function judge(
  { where, response, secrets }: Asked,
  verify: CanaryRequest["verify"],
  { canary }: ModelOptions,
): Finding | undefined {
  if (response.status === 429) {
    const message = `${where} answered the canary with 429: busy, not dead`;
    return { status: "degraded", reason: "overloaded", message, remedy: "see who sends more than the server takes" };
  }
  if (!isSuccess(response)) {
    const message = `${where} answered the canary with ${response.status}: ${response.said}`;
    return { status: "unhealthy", reason: "canary_failed", message, remedy: "see the log of the server" };
  }
  const wrong =
    verify(response.json) ?? (canary?.expect && unmetExpectation(response.json, canary.expect, secrets)) ?? undefined;
  if (wrong === undefined) return undefined;
  return {
    status: "unhealthy",
    reason: "canary_wrong",
    message: `${where} answered the canary with ${wrong}`,
    remedy: "see whether the right model is loaded, and whether the canary fits it",
  };
}
