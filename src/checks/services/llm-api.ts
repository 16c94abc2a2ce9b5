import { z } from "zod";

/**
 * The parts of OpenAI's HTTP API that a check looks at (its API reference: «List models», «Create chat completion»,
 * «Create embeddings», «Error codes»). Servers that speak the API leave much of it out, so only what is needed is
 * demanded.
 */

export const usage = z
  .object({ prompt_tokens: z.number().optional(), completion_tokens: z.number().optional() })
  .nullish()
  .catch(undefined);

export const modelList = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      /** The context window in tokens, where the server is vLLM or one that took this over from it. */
      max_model_len: z.number().nullish().catch(undefined),
    }),
  ),
});

export const chatCompletion = z.object({
  // The text may be empty: one token can be the beginning of a thought that is not shown.
  choices: z.array(z.object({ message: z.object({ role: z.string() }) })).min(1),
  model: z.string().optional(),
  usage,
});

export const embeddingList = z.object({
  data: z.array(z.object({ embedding: z.array(z.number()).min(1) })).min(1),
  model: z.string().optional(),
  usage,
});

/** What went wrong, in the API's own words. */
export interface ApiError {
  readonly code: string;
  readonly type: string;
  /** The parameter that the server did not like. */
  readonly parameter: string;
  readonly message: string;
}

const words = z
  .union([z.string(), z.number()])
  .nullish()
  .catch(undefined)
  .transform((word) => String(word ?? ""));
const errorWords = z.object({ code: words, type: words, param: words, message: words });

/** `{ "error": { … } }` as OpenAI has it, the same without the wrapping as older vLLM has it, or a bare text. */
export function readError(json: unknown): ApiError {
  const wrapped = z.object({ error: z.unknown() }).safeParse(json);
  const inner = wrapped.success ? wrapped.data.error : json;
  const found = errorWords.safeParse(typeof inner === "string" ? { message: inner } : inner);
  if (!found.success) return { code: "", type: "", parameter: "", message: "" };
  const { code, type, param, message } = found.data;
  return { code, type, parameter: param, message };
}
