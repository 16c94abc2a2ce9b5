import type { Clock } from "../../core/clock.js";
import { present, type Reading, unsupported } from "../../core/result.js";
import { formatDuration } from "../../core/units.js";
import { defineCheck } from "../check-type.js";
import { type Asked, isSuccess, withHttpApi } from "../common/http-api.js";
import { urlBelow } from "../common/http-url.js";
import type { JsonResponse } from "../common/json-request.js";
import type { Check, Result } from "../result.js";
import { readError } from "./llm-api.js";
import { type Finding, findContextTokens, judgeAnswer, judgeList, readModels } from "./llm-judge.js";
import { type LlmOptions, llmOptions } from "./llm-options.js";
import { judgeRefusal } from "./llm-refusal.js";

export const llm = defineCheck<LlmOptions>({
  type: "llm",
  summary:
    "An API like OpenAI's lists its models, the named one among them, or answers one short chat or embedding. Too many requests is degraded, for busy is not dead.",
  reasons: [
    "connections",
    "tls",
    "llm",
    "authentication_failed",
    "invalid_answer",
    "protocol_error",
    "secret_unreadable",
    "server_error",
  ],
  options: llmOptions,
  schedule: { intervalMs: 30_000, timeoutMs: 10_000 },
  readings: {
    responseSeconds: {
      metric: "llm_response",
      unit: "seconds",
      help: "Time until the last answer was complete: of the paid request where there is one, else of the list.",
    },
    modelCount: { metric: "llm_models", unit: "count", help: "Models that the server lists." },
    contextTokens: {
      metric: "llm_context_tokens",
      unit: "count",
      help: "The context window of the named model, where the server tells it (`max_model_len`).",
    },
    usedTokens: {
      metric: "llm_tokens",
      unit: "count",
      kind: "counter",
      help: "Tokens that this check has used since its start, as the server counts them.",
    },
  },
  create: (given, { clock }) => new LlmCheck(given, clock),
});

/** What the paid request came to, and until when that stands. */
interface Paid {
  readonly finding: Finding;
  readonly responseSeconds: Reading<number>;
  readonly standsUntilMs: number;
}

/** A server that asks to be left alone for longer is asked again all the same. */
const longestWaitMs = 300_000;

class LlmCheck implements Check {
  private paid: Paid | undefined;
  private usedTokens = 0;
  /** OpenAI's newer models refuse `max_tokens`; other servers know nothing else. */
  private limitParameter: "max_tokens" | "max_completion_tokens" = "max_tokens";

  constructor(
    private readonly given: LlmOptions,
    private readonly clock: Clock,
  ) {}

  run(signal: AbortSignal): Promise<Result> {
    return withHttpApi(this.given, { clock: this.clock, signal }, (ask) =>
      this.judge((path, body) => ask(urlBelow(this.given.url, path), { body })),
    );
  }

  private async judge(ask: AskApi): Promise<Result> {
    const { mode, model } = this.given;
    const listed = await ask("/models");
    const models = readModels(listed.response);
    const shared = {
      modelCount: models === undefined ? unsupported : present(models.length),
      contextTokens: findContextTokens(models ?? [], model),
    };
    if (mode === "models") {
      const finding = isSuccess(listed.response)
        ? judgeList(models, model, listed)
        : judgeRefusal(listed.response, listed.where, undefined);
      return this.result(finding, { ...shared, responseSeconds: present(listed.elapsedMs / 1000) });
    }
    if (!isSuccess(listed.response) && !isListMissing(listed.response)) {
      return this.result(judgeRefusal(listed.response, listed.where, undefined), shared);
    }
    if (this.paid === undefined || this.paid.standsUntilMs <= this.clock.nowMs()) this.paid = await this.pay(ask, mode);
    return this.result(this.paid.finding, { ...shared, responseSeconds: this.paid.responseSeconds });
  }

  private async pay(ask: AskApi, mode: "chat" | "embedding"): Promise<Paid> {
    // What was good before says nothing any more should this request fail at the socket.
    this.paid = undefined;
    const { cache, model } = this.given;
    const { where, response, elapsedMs } = await this.askPaid(ask, mode);
    const nowMs = this.clock.nowMs();
    if (!isSuccess(response)) {
      const refusal = judgeRefusal(response, where, model);
      const waitMs = Math.min(refusal.retryAfterMs ?? 0, longestWaitMs);
      return { finding: refusal, responseSeconds: unsupported, standsUntilMs: nowMs + waitMs };
    }
    const { finding, usage } = judgeAnswer(mode, response.json, {
      where: `${where}: model ${model}`,
      elapsed: formatDuration(elapsedMs),
      dimensions: this.given.dimensions,
    });
    this.usedTokens += (usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0);
    const standsMs = finding.status === "healthy" ? cache : 0;
    return { finding, responseSeconds: present(elapsedMs / 1000), standsUntilMs: nowMs + standsMs };
  }

  private async askPaid(ask: AskApi, mode: "chat" | "embedding"): Promise<Asked> {
    const { model, prompt, maxTokens } = this.given;
    if (mode === "embedding") return ask("/embeddings", { model, input: prompt, encoding_format: "float" });
    const messages = [{ role: "user", content: prompt }];
    const chat = () => ask("/chat/completions", { model, messages, [this.limitParameter]: maxTokens });
    const first = await chat();
    if (first.response.status !== 400 || this.limitParameter !== "max_tokens") return first;
    const { parameter, message } = readError(first.response.json);
    if (parameter !== "max_tokens" && !message.includes("max_completion_tokens")) return first;
    this.limitParameter = "max_completion_tokens";
    return chat();
  }

  private result(finding: Finding, readings: NonNullable<Result["readings"]>): Result {
    const { status, reason, message, remedy, metadata } = finding;
    const usedTokens = this.given.mode === "models" ? unsupported : present(this.usedTokens);
    return {
      status,
      reason,
      message,
      ...(remedy === undefined ? {} : { remedy }),
      readings: { ...readings, usedTokens },
      metadata: { mode: this.given.mode, ...metadata },
    };
  }
}

/** GETs a path below the base of the API, or POSTs the body to it. */
type AskApi = (path: string, body?: unknown) => Promise<Asked>;

/** Some servers have no list, and some keys may not see it; a paid answer is proof enough. */
const isListMissing = ({ status }: JsonResponse): boolean => [403, 404, 405].includes(status);
