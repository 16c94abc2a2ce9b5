import type { z } from "zod";
import { oneLine } from "../../core/one-line.js";
import { present, type Reading, unsupported } from "../../core/result.js";
import { formatDuration } from "../../core/units.js";
import type { JsonResponse } from "../common/json-request.js";
import type { Result } from "../result.js";
import { chatCompletion, embeddingList, modelList, type usage as usageSchema } from "./llm-api.js";

/** A result before its readings. */
export type Finding = Pick<Result, "status" | "reason" | "message" | "remedy" | "metadata">;

type Usage = z.output<typeof usageSchema>;
type Models = z.output<typeof modelList>["data"];

/** The models in an answer to «list models»; undefined where it is none. */
export function readModels({ json }: JsonResponse): Models | undefined {
  const read = modelList.safeParse(json);
  return read.success ? read.data.data : undefined;
}

/** The context window of `model`, or of the only model there is. */
export function findContextTokens(models: Models, model: string | undefined): Reading<number> {
  const wanted = model === undefined && models.length === 1 ? models[0] : models.find(({ id }) => id === model);
  const tokens = wanted?.max_model_len;
  return tokens === undefined || tokens === null ? unsupported : present(tokens);
}

/** `where`: the URL; `model`: the one that must be there. */
export function judgeList(
  models: Models | undefined,
  model: string | undefined,
  { where, elapsedMs }: { readonly where: string; readonly elapsedMs: number },
): Finding {
  if (models === undefined) return invalid(`${where} answered no list of models`);
  const elapsed = formatDuration(elapsedMs);
  const ids = models.map(({ id }) => oneLine(id, 100));
  if (ids.length === 0) {
    const remedy = "see whether the server is still loading, and whether the key may use any model";
    return { status: "unhealthy", reason: "no_models", message: `${where} lists no model`, remedy };
  }
  if (model === undefined) {
    return { status: "healthy", reason: "ok", message: `${where} listed ${counted(ids)} in ${elapsed}` };
  }
  if (models.some(({ id }) => id === model)) {
    return { status: "healthy", reason: "ok", message: `${where} listed ${model} in ${elapsed}`, metadata: { model } };
  }
  return {
    status: "unhealthy",
    reason: "model_not_found",
    message: `${where} does not list ${model}, but ${shown(ids)}`,
    remedy: "see which model the server was started with, and under which name it serves it",
  };
}

interface Answered {
  readonly where: string;
  readonly elapsed: string;
  /** How many numbers a vector must have, where that is known. */
  readonly dimensions: number | undefined;
}

/** What a paid request came to, and what it cost. */
export function judgeAnswer(
  mode: "chat" | "embedding",
  json: unknown,
  answered: Answered,
): { readonly finding: Finding; readonly usage: Usage } {
  return mode === "chat" ? judgeChat(json, answered) : judgeEmbedding(json, answered);
}

function judgeChat(json: unknown, { where, elapsed }: Answered): ReturnType<typeof judgeAnswer> {
  const read = chatCompletion.safeParse(json);
  if (!read.success) return { finding: invalid(`${where} answered no chat completion`), usage: undefined };
  const { model, usage } = read.data;
  const message = `${where} answered a chat in ${elapsed}${costs(usage)}`;
  return { finding: { status: "healthy", reason: "ok", message, metadata: metadataOf(model, usage) }, usage };
}

function judgeEmbedding(json: unknown, { where, elapsed, dimensions }: Answered): ReturnType<typeof judgeAnswer> {
  const read = embeddingList.safeParse(json);
  if (!read.success) return { finding: invalid(`${where} answered no embedding`), usage: undefined };
  const { data, model, usage } = read.data;
  const vector = data[0]?.embedding ?? [];
  const metadata = { ...metadataOf(model, usage), dimensions: vector.length };
  if (dimensions !== undefined && vector.length !== dimensions) {
    const finding: Finding = {
      status: "unhealthy",
      reason: "wrong_dimensions",
      message: `${where} answered a vector of ${vector.length} numbers, ${dimensions} expected`,
      remedy: "see whether the server embeds with the model that the vectors in the database were made with",
      metadata,
    };
    return { finding, usage };
  }
  if (vector.every((number) => number === 0)) return { finding: invalid(`${where} answered a vector of zeros`), usage };
  const message = `${where} embedded into ${vector.length} numbers in ${elapsed}${costs(usage)}`;
  return { finding: { status: "healthy", reason: "ok", message, metadata }, usage };
}

const invalid = (message: string): Finding => ({
  status: "unhealthy",
  reason: "invalid_answer",
  message,
  remedy: "see whether `url` is the base of an API like OpenAI's, with its version, as in http://127.0.0.1:8000/v1",
});

function metadataOf(model: string | undefined, usage: Usage): NonNullable<Finding["metadata"]> {
  return {
    ...(model === undefined ? {} : { model: oneLine(model, 100) }),
    ...(usage?.prompt_tokens === undefined ? {} : { promptTokens: usage.prompt_tokens }),
    ...(usage?.completion_tokens === undefined ? {} : { completionTokens: usage.completion_tokens }),
  };
}

function costs(given: Usage): string {
  if (given?.prompt_tokens === undefined) return "";
  return ` for ${given.prompt_tokens + (given.completion_tokens ?? 0)} tokens`;
}

const shown = (ids: readonly string[]): string =>
  ids.length <= 5 ? ids.join(", ") : `${ids.slice(0, 5).join(", ")} and ${ids.length - 5} more`;

const counted = (ids: readonly string[]): string => (ids.length === 1 ? `${ids[0]}` : `${ids.length} models`);
