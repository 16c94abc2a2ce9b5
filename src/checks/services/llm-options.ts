import { z } from "zod";
import { httpAuth } from "../common/http-auth.js";
import { httpUrl } from "../common/http-url.js";
import { refuseIdleTls, tlsOptions } from "../common/tls-options.js";
import { duration, mapping } from "../options.js";

export const llmOptions = () =>
  mapping({
    url: httpUrl().describe(
      "The base of the API, with its version: `https://api.openai.com/v1`, `http://127.0.0.1:8000/v1`.",
    ),
    mode: z
      .enum(["models", "chat", "embedding"])
      .default("models")
      .describe(
        "`models`: the models are listed, which costs nothing; `chat`: one answer of `maxTokens`; `embedding`: one vector. The last two cost tokens: see `cache`.",
      ),
    model: z
      .string()
      .min(1)
      .optional()
      .describe("The model that must be listed, or answer. `chat` and `embedding` need it."),
    auth: httpAuth().optional().describe("Who asks: most servers take a key as `bearer`."),
    tls: tlsOptions().optional().describe("For `https://`: whom to trust, and how to be trusted."),
    prompt: z.string().min(1).default("ping").describe("What is sent in `chat` and `embedding`. Short is cheap."),
    maxTokens: z
      .int()
      .min(1)
      .default(1)
      .describe("Tokens that a `chat` may answer at most. Models that think first may need more."),
    dimensions: z.int().min(1).optional().describe("How many numbers the vector of an `embedding` must have."),
    cache: duration()
      .prefault("5m")
      .describe(
        "How long a good answer that cost tokens stands. Until then only the free list is asked, so that a server that is down is still seen at once.",
      ),
  }).superRefine(({ url, tls, mode, model, dimensions }, context) => {
    refuseIdleTls(context, tls, [url]);
    if (mode !== "models" && model === undefined) {
      context.addIssue({ code: "custom", path: ["model"], message: `mode ${mode} needs the name of a model` });
    }
    if (mode !== "embedding" && dimensions !== undefined) {
      const message = "only mode embedding has dimensions";
      context.addIssue({ code: "custom", path: ["dimensions"], message });
    }
  });

export type LlmOptions = z.output<ReturnType<typeof llmOptions>>;
