import type { ReasonGroup } from "../../core/reason.js";

export const llmReasons = {
  title: "Model APIs",
  about: "For APIs in the manner of OpenAI.",
  reasons: {
    context_length_exceeded: {
      means: "The check's own prompt is longer than the model's context.",
      look: "Shorten `prompt`; or the server was started with a smaller context than before.",
    },
    model_not_found: {
      means: "The API does not have the model.",
      look: "What it lists; a new release may have renamed it, or the key may not use it.",
    },
    no_models: {
      means: "The API lists no model at all.",
      look: "Whether it still loads, and what the key may see.",
    },
    quota_exceeded: {
      means: "The account has no quota or money left: nothing is answered until somebody pays.",
      look: "Plan, balance and spending limit of the account that the key belongs to.",
    },
    rate_limited: {
      means: "The API answers «too many requests»; it works, so degraded.",
      look: "Who else uses the key.",
    },
    request_refused: {
      means: "The API does not take the check's request, and gives no cause that has a reason of its own.",
      look: "The message has its words: mostly an option that this model does not know.",
    },
    wrong_dimensions: {
      means: "Vectors have another length than the database's: searches would fail, or find nonsense.",
      look: "Which embedding model was put in place of the former one.",
    },
  },
} as const satisfies ReasonGroup;
